"""Makes a short text that a regular expression matches, from Python's own parse of it.

The parse has no public name. Where a version of Python lacks it, or the expression has a part that
is not listed here, no text is made: the contract then needs an example.
"""

import re
import string
from collections.abc import Iterable, Iterator
from typing import Any, Final

_PARSER: Final[Any] = getattr(re, "_parser", None)
_PICKED: Final = "a0A-_. " + string.printable  # of what a negated class or a dot may match
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": "0",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_WORD": "a",
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": "a",
}
_MAX_CHARACTERS: Final = 4096
_MORE: Final = (0, 1, 2, 4, 8, 16, 32, 64)  # repetitions above the least, for a minLength


class _UnknownPartError(Exception):
    """The expression has a part that is not read here."""


def texts(pattern: str) -> Iterator[str]:
    """Texts that the pattern matches, shorter ones first."""
    if _PARSER is None:
        return
    for more in _MORE:
        try:
            text = _sequence(_PARSER.parse(pattern), more)
            if re.search(pattern, text):
                yield text
        except (re.error, _UnknownPartError):
            return


def _sequence(parts: Iterable[tuple[Any, Any]], more: int) -> str:
    return "".join(_part(str(kind), value, more) for kind, value in parts)


def _part(kind: str, value: Any, more: int) -> str:  # noqa: PLR0911 - one line per kind
    match kind:
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return next(one for one in _PICKED if ord(one) != value)
        case "ANY":
            return _PICKED[0]
        case "AT" | "ASSERT" | "ASSERT_NOT":  # the search shows whether they hold
            return ""
        case "IN":
            return _member(value)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, repeated = value
            text, count = _sequence(repeated, more), min(int(most), int(least) + more)
            if len(text) * count > _MAX_CHARACTERS:
                raise _UnknownPartError
            return text * count
        case "SUBPATTERN":
            return _sequence(value[3], more)
        case "BRANCH":
            return _sequence(value[1][0], more)
    raise _UnknownPartError


def _member(items: list[tuple[Any, Any]]) -> str:
    """A character of a class."""
    if str(items[0][0]) == "NEGATE":
        for one in _PICKED:
            if not any(_has(item, one) for item in items[1:]):
                return one
        raise _UnknownPartError
    kind, value = items[0]
    match str(kind):
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return chr(value[0])
        case "CATEGORY":
            return _CATEGORIES[str(value)]
    raise _UnknownPartError


def _has(item: tuple[Any, Any], character: str) -> bool:
    kind, value = item
    match str(kind):
        case "LITERAL":
            return bool(ord(character) == value)
        case "RANGE":
            return bool(value[0] <= ord(character) <= value[1])
        case "CATEGORY":
            name = str(value)
            found = re.fullmatch(
                {"DIGIT": r"\d", "WORD": r"\w", "SPACE": r"\s"}[name.rpartition("_")[2]], character
            )
            return bool(found) != ("NOT" in name)
    raise _UnknownPartError
