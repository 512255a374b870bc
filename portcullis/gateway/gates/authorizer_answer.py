"""Parses the answer of a Lambda authorizer: principal, policy, context and usage identifier key.

Source: API Gateway Developer Guide, "Output from an API Gateway Lambda authorizer".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.gateway.gates.policy import MalformedPolicyError, Policy


class MalformedAnswerError(Exception):
    """API Gateway does not accept the answer. The message never quotes the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerAnswer:
    """A valid answer of an authorizer."""

    principal: str
    policy: Policy
    context: Mapping[str, str]
    usage_identifier_key: str | None
    variables: Mapping[str, str]  # ``$context.authorizer.*`` of a call that gets this answer

    @classmethod
    def parse(cls, payload: Any) -> "AuthorizerAnswer":
        """Raises MalformedAnswerError."""
        if not isinstance(payload, Mapping):
            raise MalformedAnswerError("the answer must be an object")
        principal = payload.get("principalId")
        if not isinstance(principal, str):
            raise MalformedAnswerError("principalId must be a string")
        try:
            policy = Policy.parse(payload.get("policyDocument"))
        except MalformedPolicyError as error:
            raise MalformedAnswerError(str(error)) from None
        key = payload.get("usageIdentifierKey")
        if key is not None and not isinstance(key, str):
            raise MalformedAnswerError("usageIdentifierKey must be a string")
        context = _context(payload.get("context"))
        return cls(
            principal=principal,
            policy=policy,
            context=context,
            usage_identifier_key=key,
            variables={
                "authorizer.principalId": principal,
                "authorizer.status": "200",
                "authorizer.integrationStatus": "200",
                **{f"authorizer.{name}": value for name, value in context.items()},
            },
        )


def _context(written: Any) -> dict[str, str]:
    """The values as ``$context.authorizer.*`` gives them: strings."""
    if written is None:
        return {}
    if not isinstance(written, Mapping):
        raise MalformedAnswerError("context must be an object")
    context: dict[str, str] = {}
    for name, value in written.items():
        if isinstance(value, str):
            context[name] = value
        elif isinstance(value, bool | int | float):
            context[name] = json.dumps(value)
        elif value is not None:
            raise MalformedAnswerError("a value of context must be a string, number or boolean")
    return context
