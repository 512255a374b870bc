"""Rules of a web ACL or rule group: what matches, which action follows, which labels are added.

Source: AWS WAF Developer Guide, "Using AWS WAF rules".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.actions import Action, ActionKind, parse_action
from portcullis.gateway.waf.inspection import Inspection, Matches
from portcullis.gateway.waf.statement_context import StatementContext
from portcullis.gateway.waf.statements import compile_statement

GROUP_STATEMENTS = ("managedRuleGroupStatement", "ruleGroupReferenceStatement")
Bodies = Mapping[str, tuple[str, bytes]]  # content type and body of a custom response, by key
ContextFor = Callable[[str], StatementContext]  # by the prefix of the owner's labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The terminating action and the rule that has it."""

    action: Action
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WafRule:
    name: str
    matches: Matches
    action: Action
    labels: tuple[str, ...] = ()

    def apply(self, inspection: Inspection) -> Outcome | None:
        return self.act(inspection) if self.matches(inspection) else None

    def act(self, inspection: Inspection) -> Outcome | None:
        """Adds labels and headers of a match; the outcome unless the action is count."""
        inspection.labels.extend(self.labels)
        inspection.inserted_headers.extend(self.action.inserted_headers)
        if self.action.kind is ActionKind.COUNT:
            inspection.counted.append(self.name)
            return None
        return Outcome(action=self.action, rule=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOwner:
    """A web ACL or rule group that has rules."""

    resource: Block
    label_prefix: str  # "awswaf:<account>:webacl:<name>:"
    bodies: Bodies

    def rules(self) -> list[Block]:
        """Its rules by priority. Raises UnsupportedError."""
        by_priority: dict[int, Block] = {}
        for written in self.resource.blocks("rules"):
            name = written.required_text("name")
            block = Block(written.values, f"{self.resource.place}, rule {name!r}")
            block.only(
                "name", "priority", "action", "overrideAction", "statement", "visibilityConfig",
                "ruleLabels", "captchaConfig", "challengeConfig",
            )  # fmt: skip
            priority = block.integer("priority") or 0
            if priority in by_priority:
                raise UnsupportedError(block.place, f"two rules have the priority {priority}")
            by_priority[priority] = block
        return [block for _, block in sorted(by_priority.items())]

    def labels_of(self, rule: Block) -> tuple[str, ...]:
        labels = rule.blocks("ruleLabels")
        for label in labels:
            label.only("name")
        return tuple(self.label_prefix + label.required_text("name") for label in labels)


def runs_group(rule: Block) -> bool:
    """Whether a rule runs a managed rule group or a rule group of the graph.

    Raises:
        UnsupportedError: the statement has such a kind and another one.
    """
    statement = rule.required_block("statement")
    kinds = statement.names()
    if set(kinds).isdisjoint(GROUP_STATEMENTS):
        return False
    if len(kinds) > 1:
        raise UnsupportedError(
            statement.place, f"a statement must have one kind, but has {', '.join(kinds)}"
        )
    return True


def compile_rule(rule: Block, owner: RuleOwner, context_for: ContextFor) -> WafRule:
    """A rule with a statement of its own. Raises UnsupportedError."""
    if runs_group(rule):
        raise UnsupportedError(rule.place, "AWS WAF does not allow a rule group inside another")
    statement = rule.required_block("statement")
    return WafRule(
        name=rule.required_text("name"),
        matches=compile_statement(statement, context_for(owner.label_prefix)),
        action=parse_action(rule.required_block("action"), owner.bodies),
        labels=owner.labels_of(rule),
    )
