"""Regular expressions with the syntax that AWS WAF accepts, searched with a time limit.

Source: AWS WAF Developer Guide, "Supported regular expression syntax in AWS WAF": PCRE without
back-references, subroutines, conditionals, verbs, callouts, atomic groups, possessive quantifiers.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import cast

import regex

from portcullis.gateway.resources.unsupported import UnsupportedError

SEARCH_LIMIT_SECONDS = 0.5  # a search takes far less than a millisecond; a busy laptop may pause
MAX_PATTERN_CHARACTERS = 512
REMEMBERED_BYTES = 256
REMEMBERED_TEXTS = 1024  # per pattern: limits the memory that callers can fill

_REFUSED = {
    "a back-reference": re.compile(r"\\(?:[1-9]|[gk][{<'\d])|\(\?P="),
    "a subroutine or recursion": re.compile(r"\(\?(?:R|[+-]?\d|&|P>)"),
    "a conditional": re.compile(r"\(\?\("),
    "a backtracking verb": re.compile(r"\(\*[A-Z]"),
    "\\C, \\R or \\K": re.compile(r"\\[CRK]"),
    "a callout": re.compile(r"\(\?C"),
    "an atomic group": re.compile(r"\(\?>"),
    "a possessive quantifier": re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\+"),
}
_ESCAPED_OR_CLASS = re.compile(r"\\[^1-9gkCRK]|\[(?:\\.|[^\]\\])+\]")


class InspectionTimeoutError(Exception):
    """A pattern took too long; the web ACL blocks because it cannot know the result."""


class Pattern:
    """Several expressions; it matches if one of them occurs in the bytes of a component."""

    def __init__(self, resource: str, expressions: Iterable[str]) -> None:
        self._compiled = tuple(_compiled(resource, e) for e in expressions)
        if not self._compiled:
            raise UnsupportedError(resource, "it has no regular expression")
        # Paths, header names and most header values repeat.
        self._remembered = lru_cache(maxsize=REMEMBERED_TEXTS)(self._search)

    def found_in(self, text: bytes) -> bool:
        """Raises InspectionTimeoutError."""
        return self._remembered(text) if len(text) <= REMEMBERED_BYTES else self._search(text)

    def _search(self, text: bytes) -> bool:
        try:
            return any(p.search(text, timeout=SEARCH_LIMIT_SECONDS) for p in self._compiled)
        except TimeoutError:
            raise InspectionTimeoutError from None


def _compiled(resource: str, expression: str) -> "regex.Pattern[bytes]":
    if len(expression) > MAX_PATTERN_CHARACTERS:
        raise UnsupportedError(
            resource, f"a regular expression must have at most {MAX_PATTERN_CHARACTERS} characters"
        )
    outside_classes = _ESCAPED_OR_CLASS.sub("_", expression)
    for name, refused in _REFUSED.items():
        if refused.search(outside_classes):
            raise UnsupportedError(
                resource, f"the regular expression {expression!r} has {name}, which AWS WAF refuses"
            )
    try:
        return cast(
            "regex.Pattern[bytes]", regex.compile(expression.encode(), flags=regex.VERSION0)
        )
    except regex.error as error:
        raise UnsupportedError(
            resource, f"the regular expression {expression!r} does not compile ({error})"
        ) from None
