"""What the authorizer answered: policy, context and claims, never the token."""

import asyncio
import json

from tests.portcullis.gateway.graphs import EXECUTION_ARN
from tests.portcullis.inspector.inspected import CLAIMS, SIGNATURE, answer


def authorizer(watched, *call, **changes):
    asyncio.run(watched.call(*call, **changes))
    return watched.last()["authorizer"]


def test_policy_context_and_claims_are_shown(watched):
    found = authorizer(watched)
    assert found["principal"] == "pet-shop"
    assert found["policy"] == [
        {
            "effect": "Allow",
            "action": ["execute-api:invoke"],
            "resource": [f"{EXECUTION_ARN}/test/GET/*"],
            "isConditional": False,
        }
    ]
    assert found["context"]["authorization"] == "Bearer [cut]"
    assert found["token"]["claims"] == CLAIMS
    assert SIGNATURE not in json.dumps(found)


def test_a_deny_has_a_policy_and_no_token(watched):
    watched.laptop.functions.answer = answer("Deny", reason="suspended")
    found = authorizer(watched)
    assert (found["policy"][0]["effect"], found["token"]) == ("Deny", None)


def test_a_call_that_did_not_come_to_the_authorizer_has_no_answer(watched):
    assert authorizer(watched, source_ip="192.0.2.1") is None
