"""What the rows say: matched rule, route, principal, cached answer, latency."""

import asyncio

from portcullis.gateway.exchange import InvocationResult, Layer
from tests.portcullis.gateway.graphs import DOMAIN
from tests.portcullis.inspector.inspected import TOKEN


def notes(watched, *call, **changes):
    asyncio.run(watched.call(*call, **changes))
    return {row["gate"]: row["note"] for row in watched.last()["gates"]}


def test_a_passed_call_names_what_each_gate_decided(watched):
    found = notes(watched, "/pets")
    assert found[Layer.TLS].startswith("TLSv1.3 · TLS_AES_256_GCM_SHA384")
    assert found[Layer.CUSTOM_DOMAIN].startswith(DOMAIN)
    assert found[Layer.WEB_ACL] == "allowed by Default_Action"
    assert found[Layer.ROUTE] == "GET /pets"
    assert found[Layer.AUTHORIZER].startswith("principal pet-shop · function ")
    assert found[Layer.BACKEND] == "status 200"


def test_the_gate_that_refused_says_its_reason(watched):
    assert notes(watched, source_ip="192.0.2.1")[Layer.WEB_ACL] == "blocked by not-in-allow-list"


def test_a_refusal_of_the_authorizer_names_reason_and_principal(watched):
    found = notes(watched, method="POST", body=b"{}")[Layer.AUTHORIZER]
    assert found.startswith("missing_scope · principal pet-shop · function ")


def test_a_reason_never_holds_a_token(watched):
    watched.laptop.functions.result = InvocationResult(
        payload=None, function_error="Unhandled", error_message=TOKEN
    )
    assert TOKEN not in str(notes(watched))
