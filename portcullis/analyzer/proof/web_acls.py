"""Mutants of web ACLs: each rule counts, allows or is missing, or an Allow rule comes first."""

from collections.abc import Iterator
from typing import Any

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.mutant import (
    GONE,
    Edit,
    Mutant,
    Path,
    fresh,
    with_resource,
    with_value,
)
from portcullis.graph.resource import UNKNOWN, Graph, Resource

ALLOW_FIRST: dict[str, Any] = {
    "name": "allow-first",
    "priority": -1,
    "action": {"allow": {}},
    "statement": {"geoMatchStatement": {"countryCodes": ["DE"]}},
}
FOREIGN_SET = "arn:aws:wafv2:eu-central-1:000000000000:regional/ipset/central/1"
FORWARDED = {
    "headerName": "X-Forwarded-For",
    "fallbackBehavior": "MATCH",
    "position": "FIRST",
}
# By kind of statement: the edit, the member and its value.
_WEAKER: dict[str, tuple[tuple[str, str, Any], ...]] = {
    "ipSetReferenceStatement": (
        ("uses X-Forwarded-For", "ipSetForwardedIpConfig", FORWARDED),
        ("with an IP set of another stack", "arn", FOREIGN_SET),
    ),
    "rateBasedStatement": (
        ("with a limit that is never reached", "limit", 1_000_000_000),
        (
            "scoped down",
            "scopeDownStatement",
            {"geoMatchStatement": {"countryCodes": ["DE"]}},
        ),
    ),
    "managedRuleGroupStatement": (
        (
            "with an override",
            "ruleActionOverrides",
            [{"name": "anything", "actionToUse": {"count": {}}}],
        ),
        ("of another vendor", "vendorName", "OtherVendor"),
    ),
    "labelMatchStatement": (
        ("for another label", "key", "awswaf:managed:aws:other:Other"),
        ("for a namespace", "scope", "NAMESPACE"),
    ),
    "regexMatchStatement": (("except on every path", "regexString", "^/.*$"),),
    "byteMatchStatement": (("except for a part", "positionalConstraint", "CONTAINS"),),
}


def web_acl_mutants(graph: Graph) -> Iterator[Mutant]:
    for acl in graph.of_type(types.WEB_ACL):
        rules = acl.inputs.get("rules")
        if not isinstance(rules, list):
            continue
        for what, path, value in _edits(rules):
            yield Mutant(target=acl.name, what=what, graph=with_value(graph, acl, path, value))
        yield _resource_rule(graph, acl)


def _edits(rules: list[dict[str, Any]]) -> Iterator[Edit]:
    first = min(rule["priority"] for rule in rules)
    last = max(rule["priority"] for rule in rules)
    yield (
        "a rule that allows comes first",
        ("rules",),
        [{**ALLOW_FIRST, "priority": first - 1}, *rules],
    )
    for index, rule in enumerate(rules):
        name = rule["name"]
        yield f"rule {name} missing", ("rules", index), GONE
        yield f"rule {name} unknown in a preview", ("rules", index, "priority"), UNKNOWN
        if "action" in rule:
            yield f"rule {name} counts", ("rules", index, "action"), {"count": {}}
            yield f"rule {name} allows", ("rules", index, "action"), {"allow": {}}
        else:
            yield f"rule {name} counts", ("rules", index, "overrideAction"), {"count": {}}
        if rule["priority"] == first:
            yield f"rule {name} comes last", ("rules", index, "priority"), last + 1
        yield from _statement_edits(name, ("rules", index, "statement"), rule["statement"])


def _statement_edits(name: str, path: Path, statement: Any) -> Iterator[Edit]:
    """The edits that weaken a statement, at any nesting depth."""
    if isinstance(statement, list):
        for index, nested in enumerate(statement):
            yield from _statement_edits(name, (*path, index), nested)
        return
    if not isinstance(statement, dict):
        return
    for key, inner in statement.items():
        here = (*path, key)
        for what, member, value in _WEAKER.get(key, ()):
            yield f"rule {name} {what}", (*here, member), value
        if key == "andStatement":
            for index, part in enumerate(inner["statements"]):
                if "notStatement" not in part:  # without one it blocks more
                    yield f"rule {name} without part {index}", (*here, "statements", index), GONE
        elif key == "notStatement":
            yield f"rule {name} without its not statement", path, inner["statement"]
        yield from _statement_edits(name, here, inner)


def _resource_rule(graph: Graph, acl: Resource) -> Mutant:
    rule = fresh(
        graph,
        "aws:wafv2/webAclRule:WebAclRule",
        "early",
        ALLOW_FIRST,
        {"webAclArn": [acl]},
    )
    return Mutant(
        target=acl.name,
        what="a WebAclRule resource that allows first",
        graph=with_resource(graph, rule),
    )
