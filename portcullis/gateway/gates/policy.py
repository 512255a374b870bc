"""Evaluates an authorizer's policy document for a method ARN, as IAM does.

A statement that cannot be evaluated counts against the caller: an Allow does not apply, a Deny
does.
Source: IAM User Guide, "Policy evaluation logic"; API Gateway Developer Guide, "Output from an API
Gateway Lambda authorizer".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portcullis.gateway.resources.arn import matches

INVOKE = "execute-api:invoke"
MAX_RESOURCE_CHARACTERS = 512
_NOT_EXACT = frozenset("*?$")  # wildcards, and what begins a policy variable


class PolicyDecision(StrEnum):
    ALLOW = "allow"
    EXPLICIT_DENY = "explicit-deny"
    IMPLICIT_DENY = "implicit-deny"


ALLOW = PolicyDecision.ALLOW  # to look it up takes Python 3.11 a call


class MalformedPolicyError(Exception):
    """The policy document is not valid. The message never quotes the document."""


@dataclass(frozen=True, slots=True)
class _Statement:
    denies: bool
    actions: tuple[str, ...]
    excepts_actions: bool
    covers_invoke: bool  # its actions do
    resources: tuple[str, ...]
    exact: frozenset[str]  # the resources that are one ARN
    patterns: tuple[str, ...]  # the others
    excepts_resources: bool
    is_conditional: bool

    def covers(self, method_arn: str) -> bool:
        if self.is_conditional and not self.denies:
            return False  # conditions are not evaluated: only a Deny with one applies
        unknown = self.denies != self.excepts_resources
        is_listed = method_arn in self.exact or any(
            _covers(pattern, method_arn, unknown=unknown) for pattern in self.patterns
        )
        return self.covers_invoke and is_listed != self.excepts_resources


@dataclass(frozen=True, slots=True)
class Policy:
    statements: tuple[_Statement, ...]

    @classmethod
    def parse(cls, document: Any) -> "Policy":
        """Raises MalformedPolicyError."""
        if not isinstance(document, Mapping):
            raise MalformedPolicyError("policyDocument must be an object")
        written = document.get("Statement")
        statements = written if isinstance(written, list) else [written]
        if not statements:
            raise MalformedPolicyError("policyDocument must have a Statement")
        return cls(tuple(_statement(s) for s in statements))

    def decide(self, method_arn: str) -> PolicyDecision:
        allowed = False
        for statement in self.statements:
            if statement.covers(method_arn):
                if statement.denies:
                    return PolicyDecision.EXPLICIT_DENY
                allowed = True
        return ALLOW if allowed else PolicyDecision.IMPLICIT_DENY


def _statement(written: Any) -> _Statement:
    if not isinstance(written, Mapping):
        raise MalformedPolicyError("a statement must be an object")
    effect = written.get("Effect")
    if effect not in ("Allow", "Deny"):  # a tuple: the value may be a list, which has no hash
        raise MalformedPolicyError("Effect must be Allow or Deny")
    actions, excepts_actions = _either(written, "Action", "NotAction")
    resources, excepts_resources = _either(written, "Resource", "NotResource")
    if any(len(resource) > MAX_RESOURCE_CHARACTERS for resource in resources):
        raise MalformedPolicyError(
            f"a Resource must have at most {MAX_RESOURCE_CHARACTERS} characters"
        )
    patterns = tuple(r for r in resources if not _NOT_EXACT.isdisjoint(r))
    lowered = tuple(action.lower() for action in actions)
    return _Statement(
        denies=effect == "Deny",
        actions=lowered,
        excepts_actions=excepts_actions,
        covers_invoke=any(matches(action, INVOKE) for action in lowered) != excepts_actions,
        resources=resources,
        exact=frozenset(resources).difference(patterns),
        patterns=patterns,
        excepts_resources=excepts_resources,
        is_conditional=bool(written.get("Condition")),
    )


def _either(written: Mapping[str, Any], name: str, negated: str) -> tuple[tuple[str, ...], bool]:
    if (name in written) == (negated in written):
        raise MalformedPolicyError(f"a statement must have either {name} or {negated}")
    excepts = negated in written
    value = written[negated if excepts else name]
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(v, str) and v for v in values):
        raise MalformedPolicyError(
            f"{negated if excepts else name} must be a string or list of strings"
        )
    return tuple(values), excepts


def _covers(resource: str, method_arn: str, *, unknown: bool) -> bool:
    if "${" in resource:  # a policy variable, whose value is not known here
        return unknown
    return matches(resource, method_arn)
