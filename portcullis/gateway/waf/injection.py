"""Searches a text for injections, with expressions that stand for AWS WAF's own detectors.

AWS WAF does not publish its detectors. The expressions match common attacks; AWS is likely to match
the same texts, and others too. A JSON text is inspected key by key and value by value, so that its
own quotes do not look like quotes that close a string.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from portcullis.gateway.waf.inspection import json_elements, parse_json
from portcullis.gateway.waf.patterns import REMEMBERED_BYTES, REMEMBERED_TEXTS, Pattern

# An expression, and words of which a text must have one: most texts have none, and looking for a
# word is much faster. Both are in lower case.
Expressions = tuple[tuple[tuple[str, ...], str], ...]

_COMMENT = re.compile(rb"/\*(?!!).{0,200}?\*/", re.DOTALL)


class InjectionDetector:
    """Several expressions for one kind of injection."""

    def __init__(self, name: str, expressions: Expressions) -> None:
        self._expressions = tuple(
            (tuple(word.encode() for word in words), Pattern(name, [expression]))
            for words, expression in expressions
        )
        self._remembered = lru_cache(maxsize=REMEMBERED_TEXTS)(self._search)

    def found_in(self, text: bytes) -> bool:
        """Raises InspectionTimeoutError."""
        return self._remembered(text) if len(text) <= REMEMBERED_BYTES else self._search(text)

    def _search(self, text: bytes) -> bool:
        return any(self._is_injection(_without_comments(part.lower())) for part in _parts(text))

    def _is_injection(self, text: bytes) -> bool:
        for words, pattern in self._expressions:
            for word in words:
                if word in text:
                    if pattern.found_in(text):
                        return True
                    break
        return False


def _without_comments(text: bytes) -> bytes:
    """A comment of SQL becomes a space, as in the database; one that MySQL executes stays."""
    return _COMMENT.sub(b" ", text) if b"/*" in text else text


def _parts(text: bytes) -> Iterable[bytes]:
    """The keys and values of a JSON object or array, else the text itself."""
    if text.lstrip()[:1] in {b"{", b"["}:
        try:
            return json_elements(parse_json(text), keys=True, values=True)
        except ValueError:
            pass
    return (text,)
