"""The stack that a report is about, and the status of each rule in it."""

from dataclasses import dataclass
from enum import StrEnum

from portcullis.analyzer.verdict import Level, PackRule, Verdict


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The judged stack. ``semantics`` is "preview", with unknowns, or "state", after a deploy."""

    project: str
    stack: str
    semantics: str


class Status(StrEnum):
    COMPLIANT = "compliant"
    VIOLATED = "violated"
    WAIVED = "waived"
    NOT_APPLICABLE = "not applicable"
    DISABLED = "disabled"


def controls_of(rule: PackRule) -> tuple[str, ...]:
    """The same check in other catalogues, such as "Checkov CKV_AWS_76": tags of two words."""
    return tuple(tag for tag in rule.tags if " " in tag)


def status_of(rule: PackRule, verdict: Verdict) -> Status:
    if rule.level is Level.DISABLED:
        return Status.DISABLED
    if any(violation.rule == rule.name for violation in verdict.violations):
        return Status.VIOLATED
    if any(waived.rule == rule.name for waived in verdict.waived):
        return Status.WAIVED
    if rule.name in verdict.not_applicable:
        return Status.NOT_APPLICABLE
    return Status.COMPLIANT
