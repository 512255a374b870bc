"""Refuses a web ACL that references an IP set of another stack."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import every_statement, field, rules
from policies.rule import WAF_GUIDE, Settings, StackRule


def _check(acl: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for rule in rules(acl, stack):
        declared = stack.used_by(rule.owner, rule.key, types.IP_SET)
        arns = {ip_set["arn"].text() for ip_set in declared if ip_set["arn"].known}
        for statement in every_statement(rule):
            if statement.kind != "ipsetreference":
                continue
            arn = field(statement.node, "arn")
            foreign = not declared or (arn.known and arn.text() not in arns)
            if foreign and not stack.trusts("ipSets", arn, acl):
                yield f"{rule.where} references an IP set that this stack does not declare."


RULE = StackRule(
    name="wafv2-acl-declares-its-ip-sets",
    title="The IP sets of a web ACL are declared in the same stack.",
    severity=Severity.HIGH,
    why=(
        "The rules can judge an allow-list only in the stack that declares it. An IP set of "
        "another stack may change without any rule noticing. If that is intended, the "
        "configuration of the pack can trust it."
    ),
    fix='{"ip_set_reference_statement": {"arn": ip_set.arn}}, with ip_set in the same program',
    page="IP set match rule statement",
    url=WAF_GUIDE + "waf-rule-statement-type-ipset-match.html",
    types=frozenset({types.WEB_ACL}),
    check=_check,
)
