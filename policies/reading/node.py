"""A value in a resource's properties, known or unknown, with its path.

In a preview most values are unknown. The policy SDK aborts a rule that reads one with an advisory
note only. A :class:`Node` raises :class:`UndecidedError` with the path instead, which
:mod:`policies.rule` reports as a violation. Presence can be checked without reading.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml
from pulumi_policy.proxy import UnknownValueError

from policies.entries import EntryError, load

_ABSENT = object()
_UNKNOWN = object()


class UndecidedError(Exception):
    """A value that the rule needs is unknown, missing or malformed; the message has its path."""


class Node:
    """A value and the path that leads to it, as in ``settings.throttlingRateLimit``."""

    __slots__ = ("_value", "path")

    def __init__(self, value: Any, path: str = "") -> None:
        self._value = _ABSENT if value is None else value
        self.path = path

    def __getitem__(self, key: str | int) -> "Node":
        """The child node; absent if this node is absent or has no such key."""
        path = self._below(key)
        if self._value is _ABSENT:
            return Node(None, path)
        container = self._container(Mapping if isinstance(key, str) else Sequence)
        return Node(_read(container, key), path)

    def named(self, path: str) -> "Node":
        """The same value under another path."""
        return Node(self._value, path)

    @property
    def present(self) -> bool:
        """Whether the program set a value; an unknown value counts."""
        return self._value is not _ABSENT

    @property
    def known(self) -> bool:
        return self._value is not _ABSENT and self._value is not _UNKNOWN

    @property
    def is_mapping(self) -> bool:
        return isinstance(self._value, Mapping)

    @property
    def is_text(self) -> bool:
        return isinstance(self._value, str)

    def text(self, default: str | None = None) -> str:
        if self._value is _ABSENT and default is not None:
            return default
        value = self._known()
        if not isinstance(value, str):
            raise UndecidedError(f"{self.path} must be a string")
        return value

    def number(self, default: float | None = None) -> float:
        if self._value is _ABSENT and default is not None:
            return default
        value = self._known()
        try:  # the provider accepts "300" for 300
            if not isinstance(value, bool):
                return float(value)
        except (TypeError, ValueError):
            pass
        raise UndecidedError(f"{self.path} must be a number")

    def flag(self, *, default: bool = False) -> bool:
        if self._value is _ABSENT:
            return default
        value = self._known()
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in {
            "true",
            "false",
        }:  # the provider accepts the strings too
            return bool(value == "true")
        raise UndecidedError(f"{self.path} must be true or false")

    def items(self) -> list["Node"]:
        """The nodes of a list; none if the list is absent."""
        if self._value is _ABSENT:
            return []
        container = self._container(Sequence)
        return [self[index] for index in range(len(container))]

    def one_or_many(self) -> list["Node"]:
        """The nodes of a list, or a single value as a list of one, as IAM accepts it."""
        if self._value is _ABSENT or self._value is _UNKNOWN or not self._is_sequence():
            return [self] if self.present else []
        return self.items()

    def entries(self) -> list[tuple[str, "Node"]]:
        """Keys and nodes of a mapping, in the program's order; none if it is absent."""
        if self._value is _ABSENT:
            return []
        container = self._container(Mapping)
        # YAML keys need not be strings, for example the status codes of a response.
        return [(str(key), Node(_read(container, key), self._below(str(key)))) for key in container]

    def document(self, what: str) -> "Node":
        """The root of a JSON or YAML document, given as a string or as a mapping."""
        return self._parsed(Mapping, what)

    def sequence(self, what: str) -> "Node":
        """The same for a document whose root is a list."""
        return self._parsed(Sequence, what)

    def _parsed(self, kind: type, what: str) -> "Node":
        if not isinstance(self._value, str):
            self._container(kind)
            return self
        parsed = _parse(self._value)
        if not isinstance(parsed, kind) or isinstance(parsed, str):
            raise UndecidedError(f"{self.path} is not a valid {what} in JSON or YAML")
        return Node(parsed, self.path)

    def leaves(self) -> Iterator["Node"]:
        """Every known leaf at or below this node; unknown ones are left out."""
        if isinstance(self._value, Mapping):
            for _, node in self.entries():
                yield from node.leaves()
        elif self._is_sequence():
            for node in self.items():
                yield from node.leaves()
        elif self.known:
            yield self

    def strings(self) -> Iterator[tuple[str, str]]:
        """Key and value of every known string at or below this node; faster than ``leaves``."""
        waiting = [("", self._value)]
        while waiting:
            key, value = waiting.pop()
            if isinstance(value, str):
                yield key, value
            elif isinstance(value, Mapping):
                waiting += [(str(inner), _read(value, inner)) for inner in value]
            elif isinstance(value, Sequence):
                waiting += [(key, _read(value, index)) for index in range(len(value))]

    def plain(self) -> Any:
        """The whole value, with dictionaries and lists.

        Raises:
            UndecidedError: a part of it is not known in a preview.
        """
        if self.is_mapping:
            return {key: node.plain() for key, node in self.entries()}
        if self._is_sequence():
            return [node.plain() for node in self.items()]
        return self._value if self.known else None if not self.present else self._known()

    def leaf(self) -> Any:
        """The value of a known leaf."""
        return self._known()

    def _below(self, key: str | int) -> str:
        step = f"[{key}]" if isinstance(key, int) or not key.isidentifier() else f".{key}"
        return f"{self.path}{step}".lstrip(".")

    def _known(self) -> Any:
        if self._value is _ABSENT:
            raise UndecidedError(f"{self.path} is not set")
        if self._value is _UNKNOWN:
            raise UndecidedError(f"{self.path} is not known before the update")
        return self._value

    def _is_sequence(self) -> bool:
        return isinstance(self._value, Sequence) and not isinstance(self._value, str)

    def _container(self, kind: type) -> Any:
        value = self._known()
        if not isinstance(value, kind) or isinstance(value, str):
            shape = "mapping" if kind is Mapping else "list"
            raise UndecidedError(f"{self.path} must be a {shape}")
        return value


@lru_cache(maxsize=1024)  # most rules read the same documents, and none changes them
def _parse(text: str) -> Any:
    """Parse JSON or YAML; None if it is neither, or if a key is given twice."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except EntryError:
        return None
    except (ValueError, RecursionError):
        pass
    try:
        return load(text)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise EntryError("a key is given twice")
    return mapping


def _read(container: Any, key: Any) -> Any:
    try:
        return container[key]
    except UnknownValueError:
        return _UNKNOWN
    except (KeyError, IndexError):
        return None
