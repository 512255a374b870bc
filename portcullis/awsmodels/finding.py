"""What AWS would refuse, where it stands in the program, and by which rule of which model."""

from dataclasses import dataclass, replace
from enum import StrEnum

from portcullis.graph.resource import Resource, SourcePosition


class FaultKind(StrEnum):
    PATTERN = "pattern"
    LENGTH = "length"
    RANGE = "range"
    ENUM = "enum"
    TYPE = "type"
    REQUIRED = "required"
    UNKNOWN_MEMBER = "unknown-member"
    UNMAPPED = "unmapped"
    UNIQUE = "unique"
    QUOTA = "quota"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, kw_only=True)
class ModelFinding:
    """One value that AWS would refuse.

    ``path`` leads to the property. ``operation`` is ``service:Operation``; ``member`` the path of
    the request's member, empty for a limit that no model holds; ``source`` the model or the AWS
    page that says so.
    """

    resource: Resource
    path: str
    operation: str
    member: str = ""
    kind: FaultKind
    because: str
    accepted: str
    source: str

    @property
    def position(self) -> SourcePosition | None:
        return self.resource.source

    @property
    def is_unmapped_type(self) -> bool:
        return self.kind is FaultKind.UNMAPPED and not self.path

    @property
    def text(self) -> str:
        """One line: what is wrong, where, what is accepted, and who says so."""
        place = f" ({self.position.path}:{self.position.line})" if self.position else ""
        member = f" {self.member}" if self.member else ""
        return (
            f"{self.resource.type} {self.resource.name}.{self.path}{place}: {self.because}. "
            f"Accepted: {self.accepted}. AWS: {self.operation}{member} ({self.kind}; {self.source})"
        )


@dataclass(frozen=True, kw_only=True)
class ModelJudgement:
    """Every finding of a graph, and how much was judged.

    ``unknown_values`` counts values that a preview does not know; they were skipped.
    """

    findings: tuple[ModelFinding, ...]
    resources: int
    requests: int
    values: int
    unknown_values: int

    @property
    def unmapped_types(self) -> tuple[str, ...]:
        """The resource types that no model describes."""
        return tuple(sorted({f.resource.type for f in self.findings if f.is_unmapped_type}))

    def of_mapped_types(self) -> "ModelJudgement":
        """The same judgement without the findings about :attr:`unmapped_types`."""
        return replace(self, findings=tuple(f for f in self.findings if not f.is_unmapped_type))

    @property
    def summary(self) -> str:
        return (
            f"{self.requests} AWS requests of {self.resources} resources, {self.values} values "
            f"judged, {self.unknown_values} unknown until the update, "
            f"{len(self.findings)} findings"
        )
