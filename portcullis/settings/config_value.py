"""One configuration value: its text as the program gets it, and whether it fits a declared type.

Source: pulumi/sdk/go/common/workspace/project.go, ValidateConfigValue.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from portcullis.settings.engine_yaml import number_text
from portcullis.settings.setting import parsed_json

_ATOI = re.compile(r"[-+]?[0-9]{1,25}")


@dataclass(frozen=True, kw_only=True)
class ConfigValue:
    """A scalar is a string, whatever it is in YAML; a list or a mapping is JSON text."""

    text: str
    readings: tuple[Any, ...]  # the string, list or mapping; of the command line, the text too

    @classmethod
    def from_yaml(cls, value: Any) -> Self:
        if isinstance(value, list | dict):
            return cls(text=json.dumps(value), readings=(value,))
        text = _scalar_text(value)
        return cls(text=text, readings=(text,))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """A value of the command line, where JSON text may stand for a list or a mapping."""
        parsed = parsed_json(text)
        structure = (parsed,) if isinstance(parsed, list | dict) else ()
        return cls(text=text, readings=(text, *structure))

    @property
    def is_encrypted(self) -> bool:
        """Some part of it is ``{secure: <ciphertext>}``."""
        return any(map(_has_ciphertext, self.readings))

    def fits(self, kind: str, items: Mapping[str, Any] | None) -> bool:
        return any(_fits(reading, kind, items) for reading in self.readings)


def type_name(kind: str, items: Mapping[str, Any] | None) -> str:
    """The type as the engine's errors name it, as in ``array<string>``."""
    if not items:
        return kind
    return f"array<{type_name(str(items.get('type')), items.get('items'))}>"


def _scalar_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else number_text(value)


def _has_ciphertext(content: Any) -> bool:
    if isinstance(content, list):
        return any(map(_has_ciphertext, content))
    if not isinstance(content, dict):
        return False
    if set(content) == {"secure"} and isinstance(content["secure"], str):
        return True
    return any(map(_has_ciphertext, content.values()))


def _fits(content: Any, kind: str, items: Mapping[str, Any] | None) -> bool:
    if kind == "string":
        return isinstance(content, str)
    if kind == "integer":
        if isinstance(content, str):
            return bool(_ATOI.fullmatch(content)) and -(2**63) <= int(content) < 2**63
        is_number = isinstance(content, int | float) and not isinstance(content, bool)
        return is_number and content == int(content)
    if kind == "boolean":
        return isinstance(content, bool) or content in ("true", "false")
    if kind == "object":
        return isinstance(content, dict)
    return (
        isinstance(content, list)
        and items is not None
        and all(_fits(item, str(items.get("type")), items.get("items")) for item in content)
    )
