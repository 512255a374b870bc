"""A web ACL that does not block strangers first is a log, not a gate."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import AclRule, AclStatement, field, is_allow_list, rules
from policies.rule import Settings, StackRule


def _check(acl: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    declared = rules(acl, stack)
    if field(acl["defaultAction"], "block").present:
        for rule in declared:
            if rule.action == "allow" and not is_allow_list(acl, stack, rule.statement):
                yield f"{rule.where} allows more than addresses of an IP set."
        return
    if not declared:
        yield "it has no rules and allows by default."
    elif not _blocks_strangers(acl, stack, declared[0]):
        yield f"{declared[0].where} comes first and does not block what is outside the allow-list."


def _blocks_strangers(acl: JudgedResource, stack: Stack, rule: AclRule) -> bool:
    return rule.action == "block" and _is_outside(acl, stack, rule.statement)


def _is_outside(acl: JudgedResource, stack: Stack, tested: AclStatement) -> bool:
    """Not in the IP sets: Not(set), Not(Or(sets)), or And(Not(set), Not(set))."""
    if tested.kind == "and":
        return bool(tested.nested) and all(_is_outside(acl, stack, s) for s in tested.nested)
    return tested.kind == "not" and all(is_allow_list(acl, stack, s) for s in tested.nested)


RULE = StackRule(
    name="wafv2-acl-blocks-outside-allow-list",
    title="A web ACL blocks every address that is not on its allow-list, before anything else.",
    severity=Severity.CRITICAL,
    why=(
        "Rules are evaluated by priority and the first Allow or Block ends it. So the block of "
        "everything outside the allow-list comes first; or the default is to block, and only the "
        "allow-list is let in at the very end."
    ),
    fix='{"priority": 0, "action": {"block": {}}, "statement": {"not_statement": …ip_set…}}',
    page="Processing order of rules and rule groups in a web ACL",
    url=("https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-processing-order.html"),
    types=frozenset({types.WEB_ACL}),
    check=_check,
)
