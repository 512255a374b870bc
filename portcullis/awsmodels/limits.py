"""Limits that no model holds. The rows stand in limits.yaml, each with the AWS page it is from."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from portcullis.awsmodels import checks
from portcullis.awsmodels.checks import Check
from portcullis.awsmodels.finding import FaultKind, ModelFinding
from portcullis.awsmodels.requests import by_type
from portcullis.graph.resource import UNKNOWN, Resource
from portcullis.yaml_table import read_table

MAX_TAGS: Final = 50
MAX_KEY_CHARACTERS: Final = 128
MAX_VALUE_CHARACTERS: Final = 256


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A row of the table. ``breaks`` says what is wrong with a known value, or returns None."""

    types: tuple[str, ...]
    property: str
    operation: str
    kind: FaultKind
    accepted: str
    source: str
    breaks: Check

    def findings(self, resource: Resource) -> Iterator[ModelFinding]:
        value: Any = resource.inputs
        for name in self.property.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is None or value == UNKNOWN:
            return
        because = self.breaks(value, resource.inputs)
        if because:
            yield ModelFinding(
                resource=resource,
                path=self.property,
                operation=self.operation,
                kind=self.kind,
                because=because,
                accepted=self.accepted,
                source=self.source,
            )


def of_resource(resource: Resource) -> Iterator[ModelFinding]:
    """What a resource's own values break."""
    for row in _by_type().get(resource.type, ()):
        yield from row.findings(resource)


@cache
def rows() -> Sequence[Limit]:
    """The whole table, the limits of tags of every type last."""
    tags = Limit(
        types=tuple(by_type()),
        property="tags",
        operation="TagResource",
        kind=FaultKind.QUOTA,
        accepted=f"up to {MAX_TAGS} tags, keys of 1 to {MAX_KEY_CHARACTERS} characters without the "
        f"prefix aws:, values of up to {MAX_VALUE_CHARACTERS}",
        source="AWS General Reference, Tag naming limits and requirements",
        breaks=_tags,
    )
    return (*(_row(**row) for row in read_table(__file__)), tags)


@cache
def _by_type() -> Mapping[str, Sequence[Limit]]:
    found: dict[str, list[Limit]] = defaultdict(list)
    for row in rows():
        for resource_type in row.types:
            found[resource_type].append(row)
    return found


def _row(
    *,
    types: Sequence[str],
    property: str,  # noqa: A002 - the row's own word
    operation: str,
    kind: str,
    source: str,
    accepted: str = "",
    **test: Any,
) -> Limit:
    ((name, argument),) = test.items()
    words, breaks = _TESTS[name](argument)
    return Limit(
        types=tuple(types),
        property=property,
        operation=operation,
        kind=FaultKind(kind),
        accepted=accepted or words,
        source=source,
        breaks=breaks,
    )


def _matches(pattern: str) -> tuple[str, Check]:
    compiled = re.compile(pattern)

    def breaks(value: Any, _: Mapping[str, Any]) -> str | None:
        text = str(value)
        return None if compiled.fullmatch(text) else f"{text[:60]!r} is not of that form"

    return f"the pattern {pattern}", breaks


def _one_of(allowed: Sequence[Any]) -> tuple[str, Check]:
    words = ", ".join(map(str, allowed))
    return words, lambda value, _: None if value in allowed else f"{value!r} is not one of them"


def _at_most_bytes(limit: int) -> tuple[str, Check]:
    def breaks(value: Any, _: Mapping[str, Any]) -> str | None:
        length = len(str(value).encode())
        return f"it has {length:,} bytes" if length > limit else None

    return f"at most {limit:,} bytes", breaks


def _at_most_entries(limit: int) -> tuple[str, Check]:
    def breaks(value: Any, _: Mapping[str, Any]) -> str | None:
        return f"it has {len(value):,} entries" if len(value) > limit else None

    return f"at most {limit:,} entries", breaks


def _between(bounds: tuple[float, float]) -> tuple[str, Check]:
    low, high = bounds

    def breaks(value: Any, _: Mapping[str, Any]) -> str | None:
        try:
            number = float(value)
        except (TypeError, ValueError):
            return None  # the model reports the type
        return None if low <= number <= high else f"{value} is out of range"

    return f"{low:,} to {high:,}", breaks


_TESTS: Final[Mapping[str, Callable[[Any], tuple[str, Check]]]] = {
    "matches": _matches,
    "one_of": _one_of,
    "at_most_bytes": _at_most_bytes,
    "at_most_entries": _at_most_entries,
    "between": _between,
    "check": lambda name: ("", getattr(checks, name)),
}


def _tags(value: Any, _: Mapping[str, Any]) -> str | None:
    if not isinstance(value, Mapping):
        return "they are not a mapping"
    if len(value) > MAX_TAGS:
        return f"there are {len(value)}"
    for key, text in value.items():
        if not key or len(key) > MAX_KEY_CHARACTERS:
            return f"the key {key[:20]!r}… has {len(key)} characters"
        if key.lower().startswith("aws:"):
            return f"the key {key!r} has the reserved prefix aws:"
        if text != UNKNOWN and len(str(text)) > MAX_VALUE_CHARACTERS:
            return f"the value of {key!r} has {len(str(text))} characters"
    return None
