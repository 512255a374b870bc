"""What a policy pack says about a graph."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from portcullis.graph.resource import SourcePosition


class Level(StrEnum):
    """How much a violation weighs; only a mandatory one stops a deploy."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    REMEDIATE = "remediate"
    DISABLED = "disabled"


@dataclass(frozen=True, kw_only=True)
class PackRule:
    """One rule of the pack, as the pack describes itself, at the level it was configured to."""

    name: str
    description: str
    level: Level
    severity: str  # "low", "medium", "high", "critical", or "" where the rule does not say
    title: str = ""
    remediation: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict)  # of its settings, property by property


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One rule refused one resource. ``message`` names paths, never values."""

    rule: str
    resource_urn: str
    resource_name: str
    level: Level
    severity: str
    message: str
    remediation: str
    url: str
    source: SourcePosition | None


@dataclass(frozen=True, kw_only=True)
class Waived:
    """A violation that the pack's waivers permit for now; shown, never silent."""

    rule: str
    resource_urn: str
    resource_name: str
    expires: str  # ISO date, the last day
    owner: str
    reason: str
    source: SourcePosition | None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Everything the pack said, sorted: the same graph gives the same verdict byte for byte."""

    pack: str
    rules: tuple[PackRule, ...]  # all of them, the ones without a violation too
    violations: tuple[Violation, ...]
    waived: tuple[Waived, ...] = ()

    @property
    def mandatory(self) -> tuple[Violation, ...]:
        """The violations that stop a deploy."""
        return tuple(v for v in self.violations if v.level is Level.MANDATORY)

    @property
    def compliant(self) -> tuple[PackRule, ...]:
        """The rules that ran and had nothing to say."""
        violated = {v.rule for v in self.violations} | {w.rule for w in self.waived}
        return tuple(
            r for r in self.rules if r.level is not Level.DISABLED and r.name not in violated
        )
