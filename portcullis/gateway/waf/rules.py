"""Rules of a web ACL or rule group: what matches, what then happens, and which labels stay behind.

Source: AWS WAF Developer Guide, "Using AWS WAF rules" and "Overriding rule group actions".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.inspection import Inspection
from portcullis.gateway.waf.managed import GROUPS, ManagedGroup
from portcullis.gateway.waf.statements import Matches, StatementContext, compile_statement

INSERTED_HEADER_PREFIX = "x-amzn-waf-"
GROUP_STATEMENTS = ("managedRuleGroupStatement", "ruleGroupReferenceStatement")
UNSUPPORTED_ACTIONS = ("captcha", "challenge")
CONTENT_TYPES = {
    "TEXT_PLAIN": "text/plain",
    "TEXT_HTML": "text/html",
    "APPLICATION_JSON": "application/json",
}


class ActionKind(StrEnum):
    ALLOW = "allow"
    BLOCK = "block"
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomResponse:
    """What a blocked caller gets instead of the gateway response WAF_FILTERED."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    kind: ActionKind
    custom_response: CustomResponse | None = None
    inserted_headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The terminating action, and the rule that took it."""

    action: Action
    rule: str


@dataclass(slots=True)
class Trail:
    """What the evaluation passed on its way: rules that matched and only counted."""

    counted: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class WafRule:
    name: str
    matches: Matches
    action: Action
    labels: tuple[str, ...] = ()

    def apply(self, inspection: Inspection, trail: Trail) -> Outcome | None:
        return self.act(inspection, trail) if self.matches(inspection) else None

    def act(self, inspection: Inspection, trail: Trail) -> Outcome | None:
        """What follows a match."""
        inspection.labels.extend(self.labels)
        inspection.inserted_headers.extend(self.action.inserted_headers)
        if self.action.kind is ActionKind.COUNT:
            trail.counted.append(self.name)
            return None
        return Outcome(action=self.action, rule=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule:
    """A rule of the web ACL that runs a whole group, possibly only counting its result."""

    name: str
    rules: tuple[WafRule, ...]
    only_for: Matches | None = None
    counts_result: bool = False
    labels: tuple[str, ...] = ()

    def apply(self, inspection: Inspection, trail: Trail) -> Outcome | None:
        if self.only_for is not None and not self.only_for(inspection):
            return None
        for rule in self.rules:
            if not rule.matches(inspection):  # most do not; one call less for each of them
                continue
            outcome = rule.act(inspection, trail)
            if outcome is not None:
                inspection.labels.extend(self.labels)
                if self.counts_result:
                    trail.counted.append(self.name)
                    return None
                return replace(outcome, rule=f"{self.name}/{outcome.rule}")
        return None


@dataclass(frozen=True, kw_only=True)
class RuleGroup:
    """A rule group of the graph, compiled anew for each use: AWS keeps the rates of uses apart."""

    resource: Block
    label_prefix: str
    bodies: Mapping[str, tuple[str, bytes]]


Surround = Callable[[str], StatementContext]


def compile_rules(
    owner: Block,
    surround: Surround,
    label_prefix: str,
    bodies: Mapping[str, tuple[str, bytes]],
    groups: Mapping[str, RuleGroup] | None,
) -> tuple[WafRule | GroupRule, ...]:
    """The rules of a web ACL, or of a rule group where ``groups`` is None, by priority."""
    compiled: dict[int, WafRule | GroupRule] = {}
    for written in owner.blocks("rules"):
        name = written.required_text("name")
        block = Block(written.values, f"{owner.place}, rule {name!r}")
        block.only(
            "name", "priority", "action", "overrideAction", "statement", "visibilityConfig",
            "ruleLabels", "captchaConfig", "challengeConfig",
        )  # fmt: skip
        priority = block.integer("priority") or 0
        if priority in compiled:
            raise UnsupportedError(block.place, f"two rules have the priority {priority}")
        labels = tuple(
            label_prefix + label.required_text("name") for label in block.blocks("ruleLabels")
        )
        statement = block.required_block("statement")
        surroundings = surround(label_prefix)
        if statement.names() and statement.names()[0] in GROUP_STATEMENTS:
            if groups is None:
                raise UnsupportedError(block.place, "AWS WAF lets no rule group hold another")
            compiled[priority] = _group_rule(
                name,
                block=block,
                statement=statement,
                surround=surround,
                label_prefix=label_prefix,
                labels=labels,
                groups=groups,
            )
        else:
            compiled[priority] = WafRule(
                name=name,
                matches=compile_statement(statement, surroundings),
                action=parse_action(block.required_block("action"), bodies),
                labels=labels,
            )
    return tuple(rule for _, rule in sorted(compiled.items()))


def parse_action(block: Block, bodies: Mapping[str, tuple[str, bytes]]) -> Action:
    kinds = block.names()
    if len(kinds) != 1:
        raise UnsupportedError(block.place, f"one action, but has {', '.join(kinds) or 'none'}")
    kind = kinds[0]
    if kind in UNSUPPORTED_ACTIONS or kind not in set(ActionKind):
        raise UnsupportedError(block.place, f"the action {kind} is not emulated")
    inner = block.required_block(kind)
    if kind == ActionKind.BLOCK:
        inner.only("customResponse")
        custom = inner.block("customResponse")
        return Action(
            kind=ActionKind.BLOCK,
            custom_response=None if custom is None else _custom_response(custom, bodies),
        )
    inner.only("customRequestHandling")
    handling = inner.block("customRequestHandling")
    return Action(
        kind=ActionKind(kind),
        inserted_headers=()
        if handling is None
        else tuple(
            (INSERTED_HEADER_PREFIX + h.required_text("name"), h.required_text("value"))
            for h in handling.blocks("insertHeaders")
        ),
    )


def custom_response_bodies(owner: Block) -> dict[str, tuple[str, bytes]]:
    bodies: dict[str, tuple[str, bytes]] = {}
    for block in owner.blocks("customResponseBodies"):
        content_type = block.required_text("contentType")
        if content_type not in CONTENT_TYPES:
            raise UnsupportedError(block.place, f"contentType {content_type} is not emulated")
        bodies[block.required_text("key")] = (
            CONTENT_TYPES[content_type],
            block.required_text("content").encode(),
        )
    return bodies


def _custom_response(block: Block, bodies: Mapping[str, tuple[str, bytes]]) -> CustomResponse:
    block.only("responseCode", "customResponseBodyKey", "responseHeaders")
    key = block.text("customResponseBodyKey")
    if key is not None and key not in bodies:
        raise UnsupportedError(block.place, f"no custom response body has the key {key!r}")
    content_type, body = bodies[key] if key is not None else (None, b"")
    return CustomResponse(
        status=block.required_integer("responseCode"),
        headers=tuple(
            (h.required_text("name"), h.required_text("value"))
            for h in block.blocks("responseHeaders")
        ),
        body=body,
        content_type=content_type,
    )


def _group_rule(
    name: str,
    *,
    block: Block,
    statement: Block,
    surround: Surround,
    label_prefix: str,
    labels: tuple[str, ...],
    groups: Mapping[str, RuleGroup],
) -> GroupRule:
    (kind,) = statement.names()
    inner = statement.required_block(kind)
    overrides = _action_overrides(inner)
    if kind == "managedRuleGroupStatement":
        inner.only(
            "name", "vendorName", "version", "ruleActionOverrides", "excludedRules",
            "scopeDownStatement",
        )  # fmt: skip
        rules = _managed_rules(_managed_group(inner), surround)
    else:
        inner.only("arn", "ruleActionOverrides", "excludedRules")
        arn = inner.required_text("arn")
        if arn not in groups:
            raise UnsupportedError(inner.place, f"no rule group of the graph has the ARN {arn}")
        group = groups[arn]
        rules = tuple(
            rule
            for rule in compile_rules(
                group.resource, surround, group.label_prefix, group.bodies, None
            )
            if isinstance(rule, WafRule)
        )
    strange = set(overrides) - {rule.name for rule in rules}
    if strange:
        raise UnsupportedError(inner.place, f"the group has no rule {sorted(strange)[0]!r}")
    narrower = inner.block("scopeDownStatement")
    return GroupRule(
        name=name,
        rules=tuple(replace(r, action=overrides.get(r.name, r.action)) for r in rules),
        only_for=None
        if narrower is None
        else compile_statement(narrower, surround(label_prefix), nested=True),
        counts_result=_counts_result(block),
        labels=labels,
    )


def _counts_result(block: Block) -> bool:
    override = block.required_block("overrideAction")
    kinds = override.names()
    if kinds not in (["none"], ["count"]):
        raise UnsupportedError(override.place, "overrideAction is either none or count")
    return kinds == ["count"]


def _action_overrides(inner: Block) -> dict[str, Action]:
    overrides = {
        o.required_text("name"): parse_action(o.required_block("actionToUse"), {})
        for o in inner.blocks("ruleActionOverrides")
    }
    for excluded in inner.blocks("excludedRules"):  # the older spelling of an override to count
        overrides[excluded.required_text("name")] = Action(kind=ActionKind.COUNT)
    return overrides


def _managed_group(inner: Block) -> ManagedGroup:
    vendor, name = inner.required_text("vendorName"), inner.required_text("name")
    if vendor != "AWS" or name not in GROUPS:
        raise UnsupportedError(
            inner.place,
            f"the managed rule group {vendor}/{name} is not approximated",
            f"Approximated are: {', '.join(sorted(GROUPS))}.",
        )
    return GROUPS[name]


def _managed_rules(group: ManagedGroup, surround: Surround) -> tuple[WafRule, ...]:
    return tuple(
        WafRule(
            name=rule.name,
            matches=_never
            if rule.statement is None
            else compile_statement(
                Block(rule.statement, f"{group.name}, {rule.name}"), surround(group.label_prefix)
            ),
            action=Action(kind=ActionKind(rule.action)),
            labels=(group.label_prefix + rule.label,),
        )
        for rule in group.rules
    )


def _never(_inspection: Inspection) -> bool:
    return False
