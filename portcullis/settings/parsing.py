"""Parses the engine's text of a setting into a typed value."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from portcullis.settings.checks import nearest_name
from portcullis.settings.rate_plans import RatePlan, parse_rate_plans
from portcullis.settings.setting import Problem, Setting, parsed_json, refusal
from portcullis.settings.tags import parse_tags
from portcullis.settings.web_acl_exceptions import WebAclException, parse_exceptions

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_MEANT = {
    **dict.fromkeys(("true", "yes", "y", "on", "1", "t"), "true"),
    **dict.fromkeys(("false", "no", "n", "off", "0", "f"), "false"),
}
_MAX_SUGGESTION = 60  # characters


def parse(setting: Setting, text: str) -> Any:
    """Convert the engine's text into the field's type; structured values are JSON."""
    kind = setting.kind
    if kind is int:
        return _parse_number(setting, text)
    if kind is bool:
        return _parse_boolean(setting, text)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if text in set(kind):
            return kind(text)
        near = nearest_name(text, [str(member) for member in kind])
        raise refusal(setting, text, Problem(because="it is not known", suggestion=near))
    structured = {
        tuple[str, ...]: _parse_list,
        Mapping[str, RatePlan]: parse_rate_plans,
        Mapping[str, str]: parse_tags,
        Mapping[str, WebAclException]: parse_exceptions,
    }
    return structured[kind](setting, text) if kind in structured else text


def _parse_number(setting: Setting, text: str) -> int:
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    meant = None
    try:
        number = Decimal(re.sub(r"[_,\s]", "", text[:_MAX_SUGGESTION]))
        if number == number.to_integral_value() and abs(number) < 10**18:
            meant = str(int(number))
    except (InvalidOperation, ValueError):
        pass  # no number at all
    raise refusal(setting, text, Problem(because="it is not a whole number", suggestion=meant))


def _parse_boolean(setting: Setting, text: str) -> bool:
    if text in {"true", "false"}:
        return text == "true"
    meant = _MEANT.get(text.strip().lower())
    raise refusal(setting, text, Problem(because="it is neither true nor false", suggestion=meant))


def _parse_list(setting: Setting, text: str) -> tuple[str, ...]:
    entries = parsed_json(text)
    if isinstance(entries, list) and all(isinstance(entry, str) for entry in entries):
        return tuple(entries)
    is_entry = re.fullmatch(rf"[^\s,\[\]{{}}\"']{{1,{_MAX_SUGGESTION}}}", text)
    raise refusal(
        setting,
        text,
        Problem(because="it is not a list of strings", suggestion=text if is_entry else None),
    )
