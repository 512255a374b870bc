"""Refuses web ACL rules whose action is Count."""

from collections.abc import Iterator, Sequence

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import AclRule, every_statement, field, rules
from policies.reading.web_acl_exceptions import is_blocked_elsewhere
from policies.rule import WAF_GUIDE, Settings, StackRule


def _check(acl: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    declared = rules(acl, stack)
    for index, rule in enumerate(declared):
        if rule.action == "count" and not rule.labels:
            yield f"{rule.where} has the action Count and does not block."
        yield from _inside_groups(rule, declared[index + 1 :])


def _inside_groups(rule: AclRule, later: Sequence[AclRule]) -> Iterator[str]:
    for statement in every_statement(rule):
        if field(statement.node, "excludedRules").items():
            yield f"{rule.where} excludes rules of its rule group, which then only count."
        for override in field(statement.node, "ruleActionOverrides").items():
            used = field(override, "actionToUse")
            if field(used, "block").present:
                continue
            name = field(override, "name").text()
            counts = [key.lower() for key, value in used.entries() if value.present] == ["count"]
            if not counts:
                yield f"{override.path} replaces a group rule's action with one other than Block."
            elif not is_blocked_elsewhere(statement.node, name, later):
                yield (
                    f"{override.path} replaces a group rule's action with Count, and no later rule "
                    "blocks what has its label, but for named methods and paths."
                )


RULE = StackRule(
    name="wafv2-acl-counts-nothing",
    title="No rule of a web ACL has the action Count.",
    severity=Severity.HIGH,
    why=(
        "Count is meant for testing a rule: it does not block. A Count rule that adds a label for "
        "a later rule is exempt, and so is one rule of an AWS managed group that a later rule "
        "blocks by its label, except on routes named by method and path: the setting "
        "webAclExceptions makes such a pair."
    ),
    fix='"action": {"block": {}}, or "override_action": {"none": {}} for a group',
    page="How AWS WAF handles rule and rule group actions",
    url=WAF_GUIDE + "web-acl-rule-actions.html",
    types=frozenset({types.WEB_ACL}),
    check=_check,
)
