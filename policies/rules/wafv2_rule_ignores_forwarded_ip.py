"""Refuses web ACL rules that use an address from X-Forwarded-For."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import every_statement, field, rules
from policies.rule import WAF_GUIDE, Settings, StackRule

FORWARDED = ("forwardedIpConfig", "ipSetForwardedIpConfig")


def _check(acl: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for rule in rules(acl, stack):
        for statement in every_statement(rule):
            if any(field(statement.node, name).present for name in FORWARDED):
                yield f"{rule.where} uses an address from a header that the caller controls."


RULE = StackRule(
    name="wafv2-rule-ignores-forwarded-ip",
    title="Web ACL rules use the source address of the connection.",
    severity=Severity.HIGH,
    why=(
        "API Gateway terminates mutual TLS, so no proxy in front of it can overwrite the header. "
        "The caller can put any address into X-Forwarded-For and pass the allow-list. If there is "
        "a trusted proxy, add a waiver."
    ),
    fix='leave "ip_set_forwarded_ip_config" and "forwarded_ip_config" out',
    page="Forwarded IP address",
    url=WAF_GUIDE + "waf-rule-statement-forwarded-ip-address.html",
    types=frozenset({types.WEB_ACL}),
    check=_check,
)
