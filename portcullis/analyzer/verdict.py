"""The verdict of a policy pack on a graph: rules, violations and waivers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from portcullis.graph.resource import SourcePosition


class Level(StrEnum):
    """Enforcement level of a rule; only a mandatory violation stops a deploy."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    REMEDIATE = "remediate"
    DISABLED = "disabled"


@dataclass(frozen=True, kw_only=True)
class PackRule:
    """One rule of the pack with its configured level."""

    name: str
    description: str
    level: Level
    severity: str  # "low", "medium", "high", "critical", or "" if not set
    title: str = ""
    remediation: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict)  # JSON schema of each setting

    def violated(
        self, *, urn: str, level: Level, message: str, source: SourcePosition | None
    ) -> "Violation":
        """The violation of this rule by one resource."""
        return Violation(
            rule=self.name,
            resource_urn=urn,
            resource_name=urn.rpartition("::")[2],
            level=level,
            severity=self.severity,
            message=message,
            remediation=self.remediation,
            url=self.url,
            source=source,
        )


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A violation of one rule by one resource. ``message`` contains paths, never values."""

    rule: str
    resource_urn: str
    resource_name: str
    level: Level
    severity: str
    message: str
    remediation: str
    url: str
    source: SourcePosition | None

    @property
    def order(self) -> tuple[str, str, str]:
        """The place in a verdict."""
        return self.rule, self.resource_urn, self.message


@dataclass(frozen=True, kw_only=True)
class Waived:
    """A violation that a waiver of the pack permits; every report shows it."""

    rule: str
    resource_urn: str
    resource_name: str
    expires: str  # ISO date, the last day
    owner: str
    reason: str
    source: SourcePosition | None


@dataclass(frozen=True, kw_only=True)
class Trusted:
    """An entry of the pack's configuration that decided about a resource; every report shows it.

    ``kind`` is what the entry names, such as webAcls, or how it changes the scope: widen, narrow.
    """

    kind: str
    name: str
    owner: str
    reason: str
    resource_urn: str
    resource_name: str
    source: SourcePosition | None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """All results of the pack in a stable order: the same graph gives the same verdict."""

    pack: str
    rules: tuple[PackRule, ...]  # all rules, also those without a violation
    violations: tuple[Violation, ...]
    waived: tuple[Waived, ...] = ()
    trusted: tuple[Trusted, ...] = ()
    # Why a rule judged nothing, by its name: no API of the stack is in its scope.
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    version: str = ""  # of the pack

    @property
    def mandatory(self) -> tuple[Violation, ...]:
        """The violations that stop a deploy."""
        return tuple(v for v in self.violations if v.level is Level.MANDATORY)

    @property
    def compliant(self) -> tuple[PackRule, ...]:
        """The enabled rules that judged something and have no violation or waiver."""
        violated = {v.rule for v in self.violations} | {w.rule for w in self.waived}
        violated |= set(self.not_applicable)
        return tuple(
            r for r in self.rules if r.level is not Level.DISABLED and r.name not in violated
        )
