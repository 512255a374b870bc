"""Tags of every resource: parsing, and AWS's limits."""

import re
from collections.abc import Mapping
from typing import Any

from portcullis.settings.setting import (
    Problem,
    Setting,
    entry_path,
    parsed_mapping,
    refusal,
    shorten,
)

# AWS General Reference, "Tag naming limits and requirements". A resource has up to 50; the
# registry's table has one of its own.
MAX_TAGS = 49
MAX_KEY_CHARACTERS = 128
MAX_VALUE_CHARACTERS = 256
RESERVED_PREFIX = "aws:"
_CHARACTERS = re.compile(r"[\w .:/=+@-]*")  # what every service accepts


def known_tags(tags: Mapping[str, str]) -> Problem | None:
    keys: set[str] = set()
    for key, value in tags.items():
        if because := _wrong_key(key, keys):
            return Problem(because=because, path=entry_path(key), surplus=True)
        if because := _wrong_value(value):
            return Problem(
                because=because,
                path=entry_path(key),
                suggestion="dev",
                shown=f"is {shorten(value)}",
            )
        keys.add(key.lower())
    if len(tags) > MAX_TAGS:
        return Problem(
            because=f"there are more than {MAX_TAGS}", path=entry_path(max(tags)), surplus=True
        )
    return None


def _wrong_key(key: str, earlier: set[str]) -> str | None:
    if not 1 <= len(key) <= MAX_KEY_CHARACTERS:
        return f"a key must have 1 to {MAX_KEY_CHARACTERS} characters"
    if key.lower().startswith(RESERVED_PREFIX):
        return f"AWS reserves keys that begin with {RESERVED_PREFIX}"
    if key.lower() in earlier:
        return "IAM does not tell keys apart by upper and lower case"
    return _wrong_characters(key)


def _wrong_value(value: str) -> str | None:
    if len(value) > MAX_VALUE_CHARACTERS:
        return f"a value must have up to {MAX_VALUE_CHARACTERS} characters"
    return _wrong_characters(value)


def _wrong_characters(text: str) -> str | None:
    if not _CHARACTERS.fullmatch(text):
        return "only letters, digits, spaces and _.:/=+-@ are accepted"
    return "it begins or ends with a space" if text != text.strip() else None


def parse_tags(setting: Setting, text: str) -> dict[str, str]:
    tags = parsed_mapping(setting, text, "keys to values")
    return {key: _text(setting, key, value) for key, value in tags.items()}


def _text(setting: Setting, key: str, value: Any) -> str:
    """`pulumi config set --path` stores ``true`` and ``42`` as a boolean and a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise refusal(
        setting,
        value,
        Problem(because="a value must be a string", path=entry_path(key), surplus=True),
    )
