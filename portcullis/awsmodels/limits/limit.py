"""One limit: which property of which types, what AWS accepts, and where it says so."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.awsmodels.finding import FaultKind, ModelFinding, about
from portcullis.graph.resource import UNKNOWN, Resource

Breaks = Callable[[Any, Mapping[str, Any]], str | None]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A row of the table. ``breaks`` says what is wrong with a known value, or None."""

    types: tuple[str, ...]
    property: str
    operation: str
    kind: FaultKind
    accepted: str
    source: str
    breaks: Breaks

    def findings(self, resource: Resource) -> Iterator[ModelFinding]:
        value: Any = resource.inputs
        for name in self.property.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is None or value == UNKNOWN:
            return
        because = self.breaks(value, resource.inputs)
        if because:
            yield about(
                resource,
                path=self.property,
                operation=self.operation,
                kind=self.kind,
                because=because,
                accepted=self.accepted,
                source=self.source,
            )


def known(value: Any) -> bool:
    """Whether nothing in a value, however deep, is unknown."""
    if isinstance(value, Mapping):
        return all(known(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return all(known(inner) for inner in value)
    return bool(value != UNKNOWN)


def at_most_bytes(limit: int) -> Breaks:
    def breaks(value: Any, _: Mapping[str, Any]) -> str | None:
        length = len(str(value).encode())
        return f"it has {length:,} bytes" if length > limit else None

    return breaks


def at_most_entries(limit: int) -> Breaks:
    def breaks(value: Any, _: Mapping[str, Any]) -> str | None:
        return f"it has {len(value):,} entries" if len(value) > limit else None

    return breaks


def within(low: float, high: float) -> Breaks:
    def breaks(value: Any, _: Mapping[str, Any]) -> str | None:
        try:
            number = float(value)
        except (TypeError, ValueError):
            return None  # the model says that it is no number
        return None if low <= number <= high else f"{value} is out of range"

    return breaks
