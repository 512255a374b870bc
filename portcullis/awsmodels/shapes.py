"""Holds a property value to a shape of a botocore service model.

botocore's own validator checks types, required members and lengths, and skips patterns, ranges and
enums; here every constraint of a shape counts. Property names are camelCase as Pulumi has them;
they are matched with the members of a structure regardless of case, and singular blocks and maps
are read as the provider expands them.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex

from portcullis.awsmodels.finding import FaultKind
from portcullis.graph.resource import UNKNOWN

PATTERN_SECONDS = 1.0  # a pattern that needs longer for a property is a fault of its own
SHOWN_CHARACTERS = 60


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A value that stands elsewhere in the request than its property does."""

    value: Any
    path: str


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One constraint that a value breaks; paths from the resource and from the request."""

    path: str
    member: str
    kind: FaultKind
    because: str
    accepted: str


class Walk:
    """Walks one request; collects faults and counts what was judged and what was unknown."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.values = 0
        self.unknown = 0

    def hold(self, value: Any, shape: Any, path: str, member: str) -> None:
        """Hold a value, and all below it, to a shape."""
        if isinstance(value, Moved):
            value, path = value.value, value.path
        if value is None:
            return
        if value == UNKNOWN:
            self.unknown += 1
            return
        holder = _HOLDERS.get(shape.type_name)
        if holder is not None:
            holder(self, value, shape, path, member)

    def report(self, path: str, member: str, kind: FaultKind, because: str, accepted: str) -> None:
        self.faults.append(
            Fault(path=path, member=member, kind=kind, because=because, accepted=accepted)
        )

    def _structure(self, value: Any, shape: Any, path: str, member: str) -> None:
        if isinstance(value, Sequence) and not isinstance(value, str):
            if not value:
                return  # an empty block is not sent
            if len(value) > 1:
                self.report(path, member, FaultKind.TYPE, "more than one block", "one block")
                return
            value = value[0]
            if value == UNKNOWN:
                self.unknown += 1
                return
        if not isinstance(value, Mapping):
            self.report(path, member, FaultKind.TYPE, f"{_shown(value)} is a scalar", "a structure")
            return
        seen = set()
        for name, inner in value.items():
            if inner is None or name == "__defaults":  # the bridge's own bookkeeping
                continue
            found = member_of(shape, name)
            below = f"{path}.{name}" if path else name
            if found is None:
                wrong, because = f"{member}.{name}".lstrip("."), f"AWS has no member {name} here"
                accepted = ", ".join(shape.members)
                self.report(below, wrong, FaultKind.UNKNOWN_MEMBER, because, accepted)
                continue
            seen.add(found)
            self.hold(inner, shape.members[found], below, f"{member}.{found}".lstrip("."))
        for missing in sorted(set(shape.required_members) - seen):
            because = f"the required member {missing} is missing"
            lacking, accepted = f"{member}.{missing}".lstrip("."), f"a value for {missing}"
            self.report(path or missing, lacking, FaultKind.REQUIRED, because, accepted)

    def _list(self, value: Any, shape: Any, path: str, member: str) -> None:
        if isinstance(value, Mapping) and (pair := _pair_members(shape.member)):
            key, text = pair
            value = [{key: name, text: inner} for name, inner in value.items()]
        elif isinstance(value, str | int | float | bool | Mapping):
            value = [value]
        self._length(len(value), shape, path, member, "entries")
        for index, inner in enumerate(value):
            self.hold(inner, shape.member, f"{path}[{index}]", f"{member}[{index}]")

    def _map(self, value: Any, shape: Any, path: str, member: str) -> None:
        if isinstance(value, Sequence) and not isinstance(value, str):
            value = {
                entry.get("key", index): {k: v for k, v in entry.items() if k != "key"}
                for index, entry in enumerate(value)
                if isinstance(entry, Mapping)
            }
        if not isinstance(value, Mapping):
            self.report(path, member, FaultKind.TYPE, f"{_shown(value)} is a scalar", "a map")
            return
        self._length(len(value), shape, path, member, "entries")
        for name, inner in value.items():
            below = f"{path}[{name}]"
            self.hold(name, shape.key, below, f"{member}.key")
            self.hold(inner, shape.value, below, f"{member}[{name}]")

    def _string(self, value: Any, shape: Any, path: str, member: str) -> None:
        if isinstance(value, bool):
            value = str(value).lower()
        elif isinstance(value, int | float):
            value = f"{value:g}"
        if not isinstance(value, str):
            kind = "a list" if isinstance(value, Sequence) else "a structure"
            self.report(path, member, FaultKind.TYPE, f"the value is {kind}", "a string")
            return
        self.values += 1
        self._length(len(value), shape, path, member, "characters")
        if shape.enum and value not in shape.enum:
            because = f"{_shown(value)} is not a value of {shape.name}"
            self.report(path, member, FaultKind.ENUM, because, ", ".join(shape.enum))
        pattern = shape.metadata.get("pattern")
        if pattern and not matches(pattern, value):
            strange = offending(pattern, value)
            because = f"{_shown(value)} does not match"
            if strange:
                because += f"; offending: {' '.join(repr(c) for c in strange)}"
            self.report(path, member, FaultKind.PATTERN, because, f"the pattern {pattern}")

    def _blob(self, value: Any, shape: Any, path: str, member: str) -> None:
        self.values += 1
        if isinstance(value, str):
            self._length(len(value.encode()), shape, path, member, "bytes")

    def _number(self, value: Any, shape: Any, path: str, member: str) -> None:
        if isinstance(value, str):
            with suppress(ValueError):
                value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            because = f"{_shown(value)} is not a number"
            self.report(path, member, FaultKind.TYPE, because, "a number")
            return
        self.values += 1
        if shape.type_name in {"integer", "long"} and value != int(value):
            self.report(path, member, FaultKind.TYPE, f"{value} has a fraction", "a whole number")
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if (low is not None and value < low) or (high is not None and value > high):
            because = f"{value:g} is out of range"
            self.report(path, member, FaultKind.RANGE, because, between(low, high))

    def _boolean(self, value: Any, shape: Any, path: str, member: str) -> None:  # noqa: ARG002 - one signature
        self.values += 1
        if not isinstance(value, bool) and value not in {"true", "false"}:
            self.report(path, member, FaultKind.TYPE, f"{_shown(value)}", "true or false")

    def _length(self, length: int, shape: Any, path: str, member: str, unit: str) -> None:
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if (low is not None and length < low) or (high is not None and length > high):
            because, accepted = f"it has {length:,} {unit}", f"{between(low, high)} {unit}"
            self.report(path, member, FaultKind.LENGTH, because, accepted)


_HOLDERS: dict[str, Callable[[Walk, Any, Any, str, str], None]] = {
    "structure": Walk._structure,
    "list": Walk._list,
    "map": Walk._map,
    "string": Walk._string,
    "blob": Walk._blob,
    "boolean": Walk._boolean,
    **dict.fromkeys(("integer", "long", "float", "double"), Walk._number),
}


def between(low: int | None, high: int | None) -> str:
    """A range in words, for example ``1 to 128``, ``at least 1`` or ``at most 256``."""
    if low is None:
        return f"at most {high:,}"
    return f"at least {low:,}" if high is None else f"{low:,} to {high:,}"


def member_of(shape: Any, name: str) -> str | None:
    """The structure's member that a camelCase property name stands for."""
    wanted = name.lower()
    members: dict[str, str] = {member.lower(): member for member in shape.members}
    if wanted in members:
        return members[wanted]
    for lower, member in members.items():
        # Singular blocks stand for lists: fieldToMatch.header; and the provider's plurals: aliases.
        if wanted in {lower.removesuffix("s"), f"{lower}s"}:
            return member
    return None


def _pair_members(shape: Any) -> tuple[str, str] | None:
    """The two members of a structure that lists a map's entries: Name and Value, Key and Value."""
    if shape.type_name != "structure":
        return None
    names = {member.lower(): member for member in shape.members}
    for key, value in (("name", "value"), ("key", "value"), ("tagkey", "tagvalue")):  # KMS's tags
        if set(names) == {key, value}:
            return names[key], names[value]
    return None


@cache
def _compiled(pattern: str) -> Any:
    return regex.compile(pattern)


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value matches; AWS anchors patterns that carry no anchor."""
    try:
        return _compiled(pattern).fullmatch(value, timeout=PATTERN_SECONDS) is not None
    except TimeoutError:
        return False


def offending(pattern: str, value: str) -> list[str]:
    """The characters that must go for the value to match; empty where order or length is wrong."""
    for character in dict.fromkeys(value):
        if matches(pattern, value.replace(character, "")):
            return [character]
    # Several are wrong: keep what matches in the middle of a text that does.
    good = next((c for c in "aA1" if matches(pattern, c * 3)), None)
    if good is None:
        return []
    strange = [c for c in dict.fromkeys(value) if not matches(pattern, f"{good}{c}{good}")]
    return strange if matches(pattern, "".join(c for c in value if c not in strange)) else []


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
