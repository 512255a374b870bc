"""Typed access to a resource's properties; an unknown or mistyped value stops the start.

The Pulumi engine writes every number as a float, and may write an absent property as null.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import UNKNOWN

_TYPES = {str: "string", bool: "boolean", int: "number", float: "number", dict: "object"}


@dataclass(frozen=True, slots=True)
class Block:
    """The properties of a resource, or of an object in it, with its place for error messages."""

    values: Mapping[str, Any]
    place: str

    def __contains__(self, name: str) -> bool:
        """Whether the property is set; an exported stack writes an unset one as null, "" or []."""
        return self.values.get(name) not in (None, "", [])

    def names(self) -> list[str]:
        """Names of the properties, without null, empty lists and the provider bridge's own."""
        return [
            name
            for name, value in self.values.items()
            if value is not None and value != [] and not name.startswith("__")
        ]

    def raw(self, name: str) -> Any:
        value = self.values.get(name)
        if value == UNKNOWN:
            raise UnsupportedError(
                self.place,
                f"its {name} is an unknown value",
                "The gateway needs the graph of an update, not of a preview; from a stack with "
                "encrypted values, that of `pulumi stack export --show-secrets`.",
            )
        return value

    def text(self, name: str) -> str | None:
        value = self.raw(name)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(name, "a string", value)

    def required_text(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise UnsupportedError(self.place, f"it has no {name}")
        return value

    def number(self, name: str) -> float | None:
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, str):  # AWS's JSON writes some numbers as strings
            try:
                return float(value)
            except ValueError:
                pass
        raise self._wrong(name, "a number", value)

    def integer(self, name: str) -> int | None:
        value = self.number(name)
        if value is None:
            return None
        if value != int(value):
            raise self._wrong(name, "a whole number", value)
        return int(value)

    def required_integer(self, name: str) -> int:
        value = self.integer(name)
        if value is None:
            raise UnsupportedError(self.place, f"it has no {name}")
        return value

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        if value is None or value is False:
            return False
        if value is True:
            return True
        raise self._wrong(name, "true or false", value)

    def block(self, name: str) -> "Block | None":
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, Mapping):
            return Block(value, f"{self.place}, {name}")
        raise self._wrong(name, "an object", value)

    def required_block(self, name: str) -> "Block":
        value = self.block(name)
        if value is None:
            raise UnsupportedError(self.place, f"it has no {name}")
        return value

    def block_or_empty(self, name: str) -> "Block":
        return self.block(name) or Block({}, f"{self.place}, {name}")

    def blocks(self, name: str) -> list["Block"]:
        value = self.raw(name)
        if value is None:
            return []
        if isinstance(value, list | tuple) and all(isinstance(v, Mapping) for v in value):
            return [Block(v, f"{self.place}, {name}[{i}]") for i, v in enumerate(value)]
        raise self._wrong(name, "a list of objects", value)

    def texts(self, name: str) -> list[str]:
        value = self.raw(name)
        if value is None:
            return []
        if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
            if UNKNOWN in value:
                raise UnsupportedError(self.place, f"an entry of its {name} is an unknown value")
            return list(value)
        raise self._wrong(name, "a list of strings", value)

    def text_map(self, name: str) -> dict[str, str]:
        value = self.block(name)
        return {} if value is None else {n: value.text(n) or "" for n in value.names()}

    def only(self, *names: str) -> None:
        """Raises UnsupportedError for any other property: AWS may act on it."""
        others = [name for name in self.names() if name in self and name not in names]
        if others:
            raise UnsupportedError(self.place, f"{others[0]} is not emulated")

    def _wrong(self, name: str, wanted: str, value: object) -> UnsupportedError:
        kind = _TYPES.get(type(value), type(value).__name__)
        return UnsupportedError(self.place, f"its {name} must be {wanted}, but is a {kind}")
