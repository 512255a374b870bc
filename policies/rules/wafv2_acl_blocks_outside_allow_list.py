"""Refuses a web ACL that does not first block addresses outside its allow-list."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.stages import means
from policies.reading.web_acl import (
    AclRule,
    AclStatement,
    field,
    is_allow_list,
    may_guard_api,
    rules,
)
from policies.rule import WAF_GUIDE, Settings, StackRule

GLOBAL = ":global/webacl/"


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if resource.type == types.WEB_ACL:
        yield from _check_acl(resource, stack)
    else:
        yield from _check_owner(resource, stack)


def _check_owner(rule: JudgedResource, stack: Stack) -> Iterator[str]:
    """A rule that is a resource must refer to its web ACL, or nothing evaluates both together."""
    arn = rule["webAclArn"]
    if any(means(arn, acl) for acl in stack.used_by(rule, "webAclArn", types.WEB_ACL)):
        return
    of_cloudfront = arn.is_text and GLOBAL in arn.text()
    if not of_cloudfront and not stack.trusts("webAcls", arn, rule):
        yield f"{arn.path} does not refer to a web ACL of this stack: the rule may open any other."


def _check_acl(acl: JudgedResource, stack: Stack) -> Iterator[str]:
    if not may_guard_api(acl, stack):
        return
    declared = rules(acl, stack)
    if field(acl["defaultAction"], "block").present:
        for rule in declared:
            if rule.action == "allow" and not is_allow_list(rule, stack, rule.statement):
                yield f"{rule.where} allows more than the addresses of an IP set."
        return
    if not declared:
        yield "it has no rules, and its default action is allow."
    elif not _blocks_strangers(declared[0], stack):
        yield f"{declared[0].where} is first and does not block addresses outside the allow-list."


def _blocks_strangers(rule: AclRule, stack: Stack) -> bool:
    return rule.action == "block" and _is_outside(rule, stack, rule.statement)


def _is_outside(rule: AclRule, stack: Stack, tested: AclStatement) -> bool:
    """Not in the IP sets: Not(set), Not(Or(sets)), or And(Not(set), Not(set))."""
    if tested.kind == "and":
        return bool(tested.nested) and all(_is_outside(rule, stack, s) for s in tested.nested)
    return tested.kind == "not" and all(is_allow_list(rule, stack, s) for s in tested.nested)


RULE = StackRule(
    name="wafv2-acl-blocks-outside-allow-list",
    title="The first rule of a web ACL blocks every address outside the allow-list.",
    severity=Severity.CRITICAL,
    why=(
        "Rules are evaluated by priority, and the first Allow or Block ends the evaluation. The "
        "rule that blocks addresses outside the allow-list must therefore be first. "
        "Alternatively, the default action is block and the last rule allows the allow-list. A "
        "rule that is a resource of its own refers to its web ACL: both are judged together."
    ),
    fix='{"priority": 0, "action": {"block": {}}, "statement": {"not_statement": …ip_set…}}',
    page="Processing order of rules and rule groups in a web ACL",
    url=WAF_GUIDE + "web-acl-processing-order.html",
    types=frozenset({types.WEB_ACL, types.WEB_ACL_RULE, types.WEB_ACL_RULE_GROUP}),
    check=_check,
)
