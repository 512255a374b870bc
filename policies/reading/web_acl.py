"""Reads the rules of a web ACL in the order of evaluation.

Rules are declared in ``rules`` (camelCase keys), in ``ruleJson`` (the service's JSON, PascalCase
keys) or as resources of their own.
Source: AWS WAF API Reference, "Rule" and "Statement".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.reading import types
from policies.reading.node import Node, UndecidedError
from policies.reading.resource import JudgedResource, Stack

STATEMENT_SUFFIX = "statement"
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
    """One rule. ``action`` is one of :data:`ACTIONS`, or ``group`` if a rule group decides."""

    where: str
    node: Node
    priority: float
    action: str
    labels: bool
    statement: AclStatement


def rules(acl: JudgedResource, stack: Stack) -> list[AclRule]:
    """Every rule of the web ACL, lowest priority first.

    Raises:
        UndecidedError: a rule, a priority or an action that is not known in a preview.
    """
    found = [_rule(node) for node in _declared(acl)]
    for type_ in (types.WEB_ACL_RULE, types.WEB_ACL_RULE_GROUP):
        found += [_of_resource(user) for user in stack.users_of(acl, "webAclArn", type_)]
    return sorted(found, key=lambda rule: rule.priority)


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


def is_allow_list(acl: JudgedResource, stack: Stack, tested: AclStatement) -> bool:
    """Whether a statement matches the addresses of IP sets and nothing else.

    Raises:
        UndecidedError: an unknown ARN that does not depend on an IP set of this stack.
    """
    if tested.kind == "or":
        return bool(tested.nested) and all(is_allow_list(acl, stack, s) for s in tested.nested)
    if tested.kind != "ipsetreference":
        return False
    if not field(tested.node, "arn").known and not stack.used_by(acl, source(acl), types.IP_SET):
        raise UndecidedError(f"{tested.node.path}.arn does not refer to an IP set of this stack")
    return True


def source(acl: JudgedResource) -> str:
    """The property that contains the web ACL's own rules."""
    return "ruleJson" if acl["ruleJson"].present else "rules"


def _declared(acl: JudgedResource) -> list[Node]:
    if acl["ruleJson"].present:
        return acl["ruleJson"].sequence("list of rules").items()
    return acl["rules"].items()


def _rule(node: Node) -> AclRule:
    return AclRule(
        where=node.path,
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
