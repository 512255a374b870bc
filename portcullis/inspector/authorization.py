"""What the authorizer answered for a call: principal, policy, context and token's claims."""

from typing import Any

from portcullis.gateway.gates.call import Call
from portcullis.gateway.gates.policy import Policy
from portcullis.inspector import redaction
from portcullis.inspector.token_claims import token_claims


def authorization(call: Call) -> dict[str, Any] | None:
    """None for a call without an answer of the authorizer."""
    answer = call.authorizer_answer
    if answer is None:
        return None
    return {
        "principal": redaction.text(answer.principal),
        "isCached": "authorizer.latency" not in call.context,
        "policy": _statements(answer.policy),
        "context": {name: redaction.named(name, value) for name, value in answer.context.items()},
        "token": token_claims(answer.context.values()),
    }


def _statements(policy: Policy) -> list[dict[str, Any]]:
    return [
        {
            "effect": "Deny" if statement.denies else "Allow",
            ("notAction" if statement.excepts_actions else "action"): list(statement.actions),
            ("notResource" if statement.excepts_resources else "resource"): list(
                statement.resources
            ),
            "isConditional": statement.is_conditional,
        }
        for statement in policy.statements
    ]
