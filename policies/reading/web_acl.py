"""Reads the rules of a web ACL in the order of evaluation.

Rules are declared in ``rules`` (camelCase keys), in ``ruleJson`` (the service's JSON, PascalCase
keys) or as resources of their own.
Source: AWS WAF API Reference, "Rule" and "Statement".
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policies.reading import types
from policies.reading.node import Node, UndecidedError
from policies.reading.resource import JudgedResource, Stack, once_per_stack

STATEMENT_SUFFIX = "statement"
REGIONAL = "REGIONAL"
ACTIONS = ("allow", "block", "count", "captcha", "challenge")


@dataclass(frozen=True, kw_only=True)
class AclStatement:
    """A statement of a rule. ``kind`` is lower case without its suffix: ipsetreference, not."""

    kind: str
    node: Node

    @property
    def nested(self) -> list["AclStatement"]:
        """The statements inside a logical one."""
        inner = field(self.node, "statements")
        if inner.present:
            return [statement(one) for one in inner.items()]
        single = field(self.node, "statement")
        return [statement(single)] if single.present else []

    @property
    def scope_down(self) -> Node:
        return field(self.node, "scopeDownStatement")


@dataclass(frozen=True, kw_only=True)
class AclRule:
    """One rule. ``action`` is one of :data:`ACTIONS`, or ``group`` if a rule group decides.

    ``key`` is the property of ``owner`` that contains the rule, for its references.
    """

    where: str
    owner: JudgedResource
    key: str
    node: Node
    priority: float
    action: str
    labels: bool
    statement: AclStatement


def rules(acl: JudgedResource, stack: Stack) -> list[AclRule]:
    """Every rule of the web ACL in the order of evaluation.

    A rule group of this stack is replaced by its rules: their actions have the same effect.

    Raises:
        UndecidedError: a rule, a priority or an action that is not known in a preview, or a rule
            group that this stack does not declare.
    """
    return list(_effective(stack, acl))


@once_per_stack
def _effective(stack: Stack, acl: JudgedResource) -> list[AclRule]:
    found = _own(acl)
    for type_ in (types.WEB_ACL_RULE, types.WEB_ACL_RULE_GROUP):
        found += [_of_resource(user) for user in stack.users_of(acl, "webAclArn", type_)]
    ordered = sorted(found, key=lambda rule: rule.priority)
    return [effective for rule in ordered for effective in _expanded(rule, stack)]


def may_guard_api(acl: JudgedResource, stack: Stack) -> bool:
    """Whether the web ACL may be in front of an API: not in CloudFront, and not of other services.

    A web ACL without an association counts: another program may associate it.
    """
    if acl["scope"].text(REGIONAL).upper() != REGIONAL:
        return False
    associations = stack.users_of(acl, "webAclArn", types.WEB_ACL_ASSOCIATION)
    return not associations or any(_may_be_of_api(one, stack) for one in associations)


def _may_be_of_api(association: JudgedResource, stack: Stack) -> bool:
    arn = association["resourceArn"]
    if arn.known:
        return ":apigateway:" in arn.text()
    used = stack.used_by(association, "resourceArn")
    return not used or any(one.type.startswith("aws:apigateway") for one in used)


def field(node: Node, name: str) -> Node:
    """The member with that name, in camelCase or PascalCase."""
    for key, value in node.entries():
        if key.lower() == name.lower():
            return value
    return Node(None, f"{node.path}.{name}")


def statement(node: Node) -> AclStatement:
    """The one statement that is declared in ``node``."""
    declared = [
        (key, value)
        for key, value in node.entries()
        if value.present and key.lower().endswith(STATEMENT_SUFFIX)
    ]
    if len(declared) != 1:
        raise UndecidedError(f"{node.path} must contain one statement, not {len(declared)}")
    key, value = declared[0]
    return AclStatement(kind=key.lower().removesuffix(STATEMENT_SUFFIX), node=value)


def every_statement(rule: AclRule) -> Iterator[AclStatement]:
    """The rule's statement and everything nested in it."""
    waiting = [rule.statement]
    while waiting:
        current = waiting.pop()
        yield current
        waiting += current.nested
        if current.scope_down.present:
            waiting.append(statement(current.scope_down))


def is_allow_list(rule: AclRule, stack: Stack, tested: AclStatement) -> bool:
    """Whether a statement matches the addresses of IP sets and nothing else.

    Raises:
        UndecidedError: an unknown ARN that is neither of an IP set of this stack nor trusted.
    """
    if tested.kind == "or":
        return bool(tested.nested) and all(is_allow_list(rule, stack, s) for s in tested.nested)
    if tested.kind != "ipsetreference":
        return False
    arn = field(tested.node, "arn")
    is_declared = arn.known or stack.used_by(rule.owner, rule.key, types.IP_SET)
    if not is_declared and not stack.trusts("ipSets", arn, rule.owner):
        raise UndecidedError(f"{tested.node.path}.arn does not refer to an IP set of this stack")
    return True


def _own(owner: JudgedResource) -> list[AclRule]:
    """The rules in the properties of a web ACL or a rule group."""
    for key in ("ruleJson", "rulesJson"):
        if owner[key].present:
            return [_rule(owner, key, one) for one in owner[key].sequence("list of rules").items()]
    return [_rule(owner, "rules", one) for one in owner["rules"].items()]


def _expanded(rule: AclRule, stack: Stack) -> list[AclRule]:
    """The rules of the rule group that a rule refers to; otherwise the rule itself."""
    if rule.statement.kind != "rulegroupreference" or rule.action != "group":
        return [rule]
    arn = field(rule.statement.node, "arn")
    # Several groups in one list cannot be told apart in a preview: each may be meant.
    groups = [
        group
        for group in stack.used_by(rule.owner, rule.key, types.RULE_GROUP)
        if not (arn.known and group["arn"].known) or arn.text() == group["arn"].text()
    ]
    if stack.trusts("ruleGroups", arn, rule.owner):
        return [rule]
    if not groups or (arn.known and not any(group["arn"].known for group in groups)):
        raise UndecidedError(f"{arn.path} does not refer to a rule group of this stack")
    inner = [one for group in groups for one in sorted(_own(group), key=lambda r: r.priority)]
    if any(one.statement.kind == "rulegroupreference" for one in inner):
        raise UndecidedError(f"{arn.path} refers to a rule group that contains another one")
    inner = [replace(one, where=f"{one.where} of the rule group {one.owner.name}") for one in inner]
    return [rule, *inner] if _overrides(rule) else inner


def _overrides(rule: AclRule) -> bool:
    """Whether the reference changes the actions of the group's rules (wafv2-acl-counts-nothing)."""
    node = rule.statement.node
    return any(field(node, key).present for key in ("ruleActionOverrides", "excludedRules"))


def _rule(owner: JudgedResource, key: str, node: Node) -> AclRule:
    return AclRule(
        where=node.path,
        owner=owner,
        key=key,
        node=node,
        priority=field(node, "priority").number(),
        action=_action(node),
        labels=bool(field(node, "ruleLabels").items()),
        statement=statement(field(node, "statement")),
    )


def _of_resource(resource: JudgedResource) -> AclRule:
    node = resource.properties
    declared = resource["statement"]
    return AclRule(
        where=f"the rule {resource.name!r}",
        owner=resource,
        key="statement" if declared.present else "ruleGroupReference",
        node=node,
        priority=resource["priority"].number(),
        action=_action(node),
        labels=bool(resource["ruleLabels"].items()),
        statement=(statement(declared) if declared.present else _group_statement(resource)),
    )


def _group_statement(association: JudgedResource) -> AclStatement:
    managed = association["managedRuleGroup"]
    if managed.present:
        return AclStatement(kind="managedrulegroup", node=managed)
    return AclStatement(kind="rulegroupreference", node=association["ruleGroupReference"])


def _action(node: Node) -> str:
    action = field(node, "action")
    if action.present:
        chosen = [key.lower() for key, value in action.entries() if value.present]
        if len(chosen) != 1 or chosen[0] not in ACTIONS:
            raise UndecidedError(f"{action.path} must contain exactly one action")
        return chosen[0]
    override = field(node, "overrideAction")
    if override.is_text:  # of a WebAclRuleGroupAssociation
        return "count" if override.text().lower() == "count" else "group"
    return "count" if field(override, "count").present else "group"
