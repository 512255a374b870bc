"""Parses the engine's text of a setting into a typed value."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from portcullis.settings.rate_plans import RatePlan, parse_rate_plans
from portcullis.settings.setting import Problem, Setting, refusal
from portcullis.settings.tags import parse_tags


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One field of a group: its type, its description, and its default if it has one."""

    name: str
    kind: Any
    setting: Setting
    default: Any


def parse(declared: Declaration, text: str) -> Any:
    """Convert the engine's text into the field's type; structured values are JSON."""
    setting, kind = declared.setting, declared.kind
    if kind is int:
        if re.fullmatch(r"-?[0-9]{1,18}", text):
            return int(text)
        raise refusal(setting, text, Problem(because="it is not a whole number"))
    if kind is bool:
        if text in {"true", "false"}:
            return text == "true"
        raise refusal(setting, text, Problem(because="it is neither true nor false"))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if text in set(kind):
            return kind(text)
        near = get_close_matches(text.lower(), [str(member) for member in kind], n=1)
        problem = Problem(because="it is not known", suggestion=near[0] if near else None)
        raise refusal(setting, text, problem)
    structured = {
        tuple[str, ...]: _parse_list,
        Mapping[str, RatePlan]: parse_rate_plans,
        Mapping[str, str]: parse_tags,
    }
    return structured[kind](setting, text) if kind in structured else text


def _parse_list(setting: Setting, text: str) -> tuple[str, ...]:
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        entries = None
    if isinstance(entries, list) and all(isinstance(entry, str) for entry in entries):
        return tuple(entries)
    raise refusal(setting, text, Problem(because="it is not a list of strings"))
