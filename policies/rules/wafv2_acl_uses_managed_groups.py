"""Refuses a web ACL without AWS's managed rule groups."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import AclRule, field, rules
from policies.rule import WAF_GUIDE, Settings, StackRule
from policies.setting import strings

VENDOR = "AWS"


def _check(acl: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
    present = {_group(rule) for rule in rules(acl, stack) if rule.action == "group"}
    for group in settings["groups"]:
        if group not in present:
            yield f"it does not use the managed rule group {group}."


def _group(rule: AclRule) -> str:
    node = rule.statement.node
    if rule.statement.kind != "managedrulegroup" or rule.statement.scope_down.present:
        return ""  # with a scope-down statement it does not cover every request
    if field(node, "vendorName").text() != VENDOR:
        return ""
    return field(node, "name").text()


RULE = StackRule(
    name="wafv2-acl-uses-managed-groups",
    title="A web ACL uses AWS's managed rules for known attacks.",
    severity=Severity.MEDIUM,
    why=(
        "AWS maintains these groups: addresses with a bad reputation, common web attacks, known "
        "bad inputs such as Log4j exploits, and SQL injection."
    ),
    fix='{"managed_rule_group_statement": {"vendor_name": "AWS", "name": "AWSManagedRules…"}}',
    page="AWS Managed Rules rule groups list",
    url=WAF_GUIDE + "aws-managed-rule-groups-list.html",
    frameworks=("Checkov CKV_AWS_192",),
    types=frozenset({types.WEB_ACL}),
    settings={
        "groups": strings(
            "The managed rule groups that a web ACL must contain.",
            default=[
                "AWSManagedRulesAmazonIpReputationList",
                "AWSManagedRulesCommonRuleSet",
                "AWSManagedRulesKnownBadInputsRuleSet",
                "AWSManagedRulesSQLiRuleSet",
            ],
        ),
    },
    check=_check,
)
