"""JSON schemas of the settings of a rule, each with its default: the policy SDK fills in none."""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]


def string(description: str, *, default: str) -> Schema:
    return {"type": "string", "default": default, "description": description}


def strings(description: str, *, default: Sequence[str]) -> Schema:
    return {
        "type": "array",
        "items": {"type": "string"},
        "default": default,
        "description": description,
    }


def number(description: str, *, default: int, **limits: int) -> Schema:
    """``limits`` are ``minimum`` and ``maximum``."""
    return {"type": "number", **limits, "default": default, "description": description}


def integer(description: str, *, default: int, **limits: int) -> Schema:
    return {**number(description, default=default, **limits), "type": "integer"}
