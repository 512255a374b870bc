"""Decides whether a managed rule that counts is blocked again, except on routes that are named.

Accepted is one form: a later rule blocks what has the managed rule's label, alone or together with
"not this method and path" for each excepted route. The path is an expression from ^ to $ of literal
segments and [^/]+, so that an exception covers no more than its route.
Source: WAF Developer Guide, "Labels on web requests"; "AWS Managed Rules rule groups list".
"""

import re
from collections.abc import Iterable

from policies.reading.node import Node
from policies.reading.web_acl import AclRule, AclStatement, field

# Groups and places whose labels follow from the names of the rules.
_NAMESPACES = {
    "AWSManagedRulesCommonRuleSet": "core-rule-set",
    "AWSManagedRulesKnownBadInputsRuleSet": "known-bad-inputs",
    "AWSManagedRulesSQLiRuleSet": "sql-database",
}
_PLACES = {
    "BODY": "Body",
    "COOKIE": "Cookie",
    "HEADER": "Header",
    "QUERYARGUMENTS": "QueryArguments",
    "QUERYSTRING": "QueryString",
    "URIPATH": "URIPath",
}
_METHOD = re.compile(r"[A-Z]+")
_LITERAL = r"/(?:[A-Za-z0-9_,:@~-]|\\[^A-Za-z0-9])+"
_ROUTE = re.compile(rf"\^(?:(?:/\[\^/\]\+)*{_LITERAL}(?:/\[\^/\]\+|{_LITERAL})*)?/\?\$")


def is_blocked_elsewhere(group: Node, rule: str, later: Iterable[AclRule]) -> bool:
    """Whether one of the ``later`` rules blocks what a managed rule only counts.

    Args:
        group: the statement of the managed group.
        rule: the name of the rule that counts.
        later: the rules of the web ACL after the group.

    Raises:
        UndecidedError: a value that is not known in a preview.
    """
    label = _label(group, rule)
    return label is not None and any(
        one.action == "block" and _blocks(one.statement, label) for one in later
    )


def _label(group: Node, rule: str) -> str | None:
    stem, _, place = rule.rpartition("_")
    namespace = _NAMESPACES.get(field(group, "name").text())
    if field(group, "vendorName").text() != "AWS" or namespace is None or place not in _PLACES:
        return None
    return f"awswaf:managed:aws:{namespace}:{stem}_{_PLACES[place]}"


def _blocks(statement: AclStatement, label: str) -> bool:
    parts = statement.nested if statement.kind == "and" else [statement]
    labelled = [part for part in parts if part.kind == "labelmatch"]
    others = [part for part in parts if part.kind != "labelmatch"]
    return (
        len(labelled) == 1
        and field(labelled[0].node, "scope").text() == "LABEL"
        and field(labelled[0].node, "key").text() == label
        and all(_is_outside_route(part) for part in others)
    )


def _is_outside_route(statement: AclStatement) -> bool:
    if statement.kind != "not" or [one.kind for one in statement.nested] != ["and"]:
        return False
    parts = statement.nested[0].nested
    kinds = {part.kind: part for part in parts}
    return (
        len(parts) == len(kinds) == 2  # noqa: PLR2004 - a method and a path
        and kinds.keys() == {"bytematch", "regexmatch"}
        and _is_method(kinds["bytematch"].node)
        and _is_path(kinds["regexmatch"].node)
    )


def _is_method(node: Node) -> bool:
    return (
        field(node, "positionalConstraint").text() == "EXACTLY"
        and _METHOD.fullmatch(field(node, "searchString").text()) is not None
        and _inspects(node, "method")
    )


def _is_path(node: Node) -> bool:
    return _ROUTE.fullmatch(field(node, "regexString").text()) is not None and _inspects(
        node, "uripath"
    )


def _inspects(node: Node, component: str) -> bool:
    """As it was sent: a transformation could make another path look like the route."""
    inspected = [
        key.lower() for key, value in field(node, "fieldToMatch").entries() if value.present
    ]
    transformations = field(node, "textTransformations").items()
    return inspected == [component] and all(
        field(one, "type").text() == "NONE" for one in transformations
    )
