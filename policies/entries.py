"""Reads YAML strictly, and the entries of the pack's own files.

An entry that is malformed gets one clear line.
"""

from collections.abc import Mapping
from typing import Any

import yaml


class EntryError(ValueError):
    """An entry is malformed; ``str()`` says how."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # C or not
    """Safe YAML that refuses a repeated key: parsers differ in which value they use."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen = set()
        for key in (self.construct_object(key, deep=True) for key, _ in node.value):
            if str(key) in seen:
                raise EntryError(f"the key {key!r} is given twice")
            seen.add(str(key))
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def load(text: str) -> Any:
    """The document of a YAML text.

    Raises:
        EntryError: a key is given twice.
        yaml.YAMLError: the text is not YAML.
    """
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader


def require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - the condition is the point
    """Raises: EntryError: the condition does not hold."""
    if not holds:
        raise EntryError(otherwise)


def line(name: str, value: Any) -> str:
    """A string of one line, without white space at its ends."""
    require(
        isinstance(value, str) and bool(value.strip()) and "\n" not in value.strip(),
        f"{name} must be a string of one line",
    )
    return str(value).strip()


def owner(value: Any) -> str:
    """An owner. A colon ends it in the reports, so it must not contain one."""
    text = line("owner", value)
    require(":" not in text, "owner must not contain a colon")
    return text


def mapping(value: Any, *, required: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, Any]:
    """A mapping with all required keys and no unknown one."""
    require(isinstance(value, Mapping), f"it must be a mapping with {', '.join(required)}")
    for key in value:
        accepted = ", ".join((*required, *optional))
        require(key in (*required, *optional), f"there is no key {key!r}; it may have {accepted}")
    for key in required:
        require(key in value, f"{key} is missing")
    return dict(value)
