"""Rules that run a whole group: a managed rule group, or a rule group of the graph.

Source: AWS WAF Developer Guide, "Overriding rule group actions in AWS WAF".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.actions import Action, ActionKind, parse_action
from portcullis.gateway.waf.inspection import Inspection, Matches
from portcullis.gateway.waf.managed import GROUPS, ManagedGroup
from portcullis.gateway.waf.rules import (
    ContextFor,
    Outcome,
    RuleOwner,
    WafRule,
    compile_rule,
)
from portcullis.gateway.waf.screen import screen
from portcullis.gateway.waf.statements import compile_statement


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule:
    """A rule of the web ACL that runs a whole group and may only count its result."""

    name: str
    rules: tuple[WafRule, ...]
    is_managed: bool = False
    only_for: Matches | None = None
    counts_result: bool = False
    labels: tuple[str, ...] = ()

    def apply(self, inspection: Inspection) -> Outcome | None:
        if self.only_for is not None and not self.only_for(inspection):
            return None
        for rule in self.rules:
            outcome = rule.apply(inspection)
            if outcome is not None:
                inspection.labels.extend(self.labels)
                if self.counts_result:
                    inspection.counted.append(self.name)
                    return None
                return replace(outcome, rule=f"{self.name}/{outcome.rule}")
        return None


def compile_group_rule(
    rule: Block, owner: RuleOwner, context_for: ContextFor, groups: Mapping[str, RuleOwner]
) -> GroupRule:
    """``groups`` are the rule groups of the graph by ARN. Raises UnsupportedError."""
    statement = rule.required_block("statement")
    (kind,) = statement.names()
    inner = statement.required_block(kind)
    is_managed = kind == "managedRuleGroupStatement"
    if is_managed:
        inner.only(
            "name", "vendorName", "version", "ruleActionOverrides", "excludedRules",
            "scopeDownStatement",
        )  # fmt: skip
        rules = _managed_rules(_managed_group(inner), context_for)
    else:
        inner.only("arn", "ruleActionOverrides", "excludedRules")
        rules = _rules_of_graph(inner, context_for, groups)
    overrides = _action_overrides(inner)
    unknown = set(overrides) - {rule.name for rule in rules}
    if unknown:
        raise UnsupportedError(inner.place, f"the group has no rule {sorted(unknown)[0]!r}")
    narrower = inner.block("scopeDownStatement")
    return GroupRule(
        name=rule.required_text("name"),
        rules=tuple(replace(r, action=overrides.get(r.name, r.action)) for r in rules),
        is_managed=is_managed,
        only_for=None
        if narrower is None
        else compile_statement(narrower, context_for(owner.label_prefix), nested=True),
        counts_result=_counts_result(rule),
        labels=owner.labels_of(rule),
    )


def managed_screen(rules: Iterable[WafRule | GroupRule]) -> Matches:
    """False only if no rule of the managed groups among these rules matches.

    Managed rules have no rate-based statement; a group of the graph may have one.
    """
    return screen(
        inner.matches
        for rule in rules
        if is_managed(rule)
        for inner in rule.rules
        if inner.matches is not _never
    )


def is_managed(rule: WafRule | GroupRule) -> TypeGuard[GroupRule]:
    return isinstance(rule, GroupRule) and rule.is_managed


def _rules_of_graph(
    inner: Block, context_for: ContextFor, groups: Mapping[str, RuleOwner]
) -> tuple[WafRule, ...]:
    """Compiled for each use of the group: AWS WAF counts the rates of each use separately."""
    arn = inner.required_text("arn")
    if arn not in groups:
        raise UnsupportedError(inner.place, f"no rule group of the graph has the ARN {arn}")
    group = groups[arn]
    return tuple(compile_rule(rule, group, context_for) for rule in group.rules())


def _counts_result(block: Block) -> bool:
    override = block.required_block("overrideAction")
    kinds = override.names()
    if kinds not in (["none"], ["count"]) or override.required_block(kinds[0]).names():
        raise UnsupportedError(override.place, "overrideAction must be none or count")
    return kinds == ["count"]


def _action_overrides(inner: Block) -> dict[str, Action]:
    overrides: dict[str, Action] = {}
    for override in inner.blocks("ruleActionOverrides"):
        override.only("actionToUse", "name")
        overrides[override.required_text("name")] = parse_action(
            override.required_block("actionToUse"), {}
        )
    for excluded in inner.blocks("excludedRules"):  # the older form of an override to count
        excluded.only("name")
        overrides[excluded.required_text("name")] = Action(kind=ActionKind.COUNT)
    return overrides


def _managed_group(inner: Block) -> ManagedGroup:
    vendor, name = inner.required_text("vendorName"), inner.required_text("name")
    if vendor != "AWS" or name not in GROUPS:
        raise UnsupportedError(
            inner.place,
            f"the managed rule group {vendor}/{name} is not approximated",
            f"These groups are: {', '.join(sorted(GROUPS))}.",
        )
    return GROUPS[name]


def _managed_rules(group: ManagedGroup, context_for: ContextFor) -> tuple[WafRule, ...]:
    return tuple(
        WafRule(
            name=rule.name,
            matches=_never
            if rule.statement is None
            else compile_statement(
                Block(rule.statement, f"{group.name}, {rule.name}"), context_for(group.label_prefix)
            ),
            action=Action(kind=ActionKind(rule.action)),
            labels=(group.label_prefix + rule.label,),
        )
        for rule in group.rules
    )


def _never(_inspection: Inspection) -> bool:
    return False
