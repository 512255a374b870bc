"""Refuses a web ACL with rules after an Allow rule."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import rules
from policies.rule import WAF_GUIDE, Settings, StackRule


def _check(acl: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    allowed_at: str | None = None
    for rule in rules(acl, stack):
        if rule.action == "allow":
            allowed_at = allowed_at or rule.where
        elif allowed_at is not None:
            yield f"{allowed_at} allows before {rule.where} is evaluated."


RULE = StackRule(
    name="wafv2-acl-allows-last",
    title="Allow rules of a web ACL come after all other rules.",
    severity=Severity.HIGH,
    why=(
        "An Allow rule ends the evaluation. An allow-list as the first Allow rule, as in many "
        "examples, disables the rate limit and all managed rules for the addresses on it."
    ),
    fix="block what is outside the allow-list instead, or give the Allow rule the last priority",
    page="Processing order of rules and rule groups in a web ACL",
    url=WAF_GUIDE + "web-acl-processing-order.html",
    types=frozenset({types.WEB_ACL}),
    check=_check,
)
