"""An Allow rule ends the evaluation: whatever stands after it is never looked at."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import rules
from policies.rule import Settings, StackRule


def _check(acl: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    allowed_at: str | None = None
    for rule in rules(acl, stack):
        if rule.action == "allow":
            allowed_at = allowed_at or rule.where
        elif allowed_at is not None:
            yield f"{allowed_at} allows before {rule.where} is evaluated."


RULE = StackRule(
    name="wafv2-acl-allows-last",
    title="No rule of a web ACL stands behind one that allows.",
    severity=Severity.HIGH,
    why=(
        "An allow-list written as an Allow rule in the first place, as many examples have it, "
        "turns off the rate limit and every managed rule for exactly the callers it lets in."
    ),
    fix="block what is outside the allow-list instead, or give the Allow rule the last priority",
    page="Processing order of rules and rule groups in a web ACL",
    url=("https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-processing-order.html"),
    types=frozenset({types.WEB_ACL}),
    check=_check,
)
