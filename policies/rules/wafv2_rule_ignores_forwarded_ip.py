"""X-Forwarded-For is written by the caller unless a trusted front overwrites it."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import every_statement, field, rules
from policies.rule import Settings, StackRule

FORWARDED = ("forwardedIpConfig", "ipSetForwardedIpConfig")


def _check(acl: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for rule in rules(acl, stack):
        for statement in every_statement(rule):
            if any(field(statement.node, name).present for name in FORWARDED):
                yield f"{rule.where} believes an address that the caller wrote into a header."


RULE = StackRule(
    name="wafv2-rule-ignores-forwarded-ip",
    title="Web ACL rules look at the connection's own address.",
    severity=Severity.HIGH,
    why=(
        "Mutual TLS ends at API Gateway, so no front can stand before it that would overwrite the "
        "header: an address from X-Forwarded-For is the caller's own claim, and passes any "
        "allow-list. Where a trusted front does exist, say so in a waiver."
    ),
    fix="leave ip_set_forwarded_ip_config and forwarded_ip_config out",
    page="Forwarded IP address",
    url=(
        "https://docs.aws.amazon.com/waf/latest/developerguide/"
        "waf-rule-statement-forwarded-ip-address.html"
    ),
    types=frozenset({types.WEB_ACL}),
    check=_check,
)
