"""Searches a text for injections: with libinjection where it is installed, and with expressions.

AWS WAF does not publish its detectors. libinjection is what OWASP ModSecurity uses; the expressions
match common attacks that it misses, and stand for it where it is not installed. A JSON text is
inspected key by key and value by value, so that its own quotes do not look like quotes that close a
string; a form is inspected value by value.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache, lru_cache

from portcullis.gateway.waf.inspection import json_elements, parse_json, wire_bytes_of_json
from portcullis.gateway.waf.libinjection import Libinjection, libinjection
from portcullis.gateway.waf.patterns import REMEMBERED_BYTES, REMEMBERED_TEXTS, Pattern

# An expression, and words of which a text must have one: most texts have none, and looking for a
# word is much faster. Both are in lower case.
Expressions = tuple[tuple[tuple[str, ...], str], ...]

_COMMENT = re.compile(rb"/\*(?!!).{0,200}?\*/", re.DOTALL)
_BEFORE_JSON = b"\xef\xbb\xbf\xff\xfe\t\n\r "  # byte order marks and white space
_JSON_BEGINS = frozenset((b"{", b"[", b'"'))
# Also without its last quote: a search for that from each quote would take quadratic time.
_JSON_STRING = re.compile(rb'"(?:[^"\\]|\\.?)*+"?', re.DOTALL)
_FORM = re.compile(rb"[\w.\[\]-]+=[^&]*(?:&[\w.\[\]-]+=[^&]*)*\Z")
# A pair may be an attribute of HTML or an assignment of JavaScript, instead of one of a form.
_ATTRIBUTE = re.compile(
    rb"(?:on[a-z]+|href|src|srcdoc|action|formaction|(?:document|window)\.\w+)=",
    re.IGNORECASE,
)


class InjectionDetector:
    """One kind of injection: an engine's function, and several expressions."""

    def __init__(
        self, name: str, expressions: Expressions, by_engine: Callable[[Libinjection, bytes], bool]
    ) -> None:
        self._name = name
        self._by_engine = by_engine
        self._expressions = tuple(
            (tuple(word.encode() for word in words), expression)
            for words, expression in expressions
        )
        self._remembered = lru_cache(maxsize=REMEMBERED_TEXTS)(self._search)

    def found_in(self, text: bytes) -> bool:
        """Raises InspectionTimeoutError."""
        if text.isalnum():  # neither the engine nor an expression matches ASCII letters and digits
            return False
        return self._remembered(text) if len(text) <= REMEMBERED_BYTES else self._search(text)

    def _search(self, text: bytes) -> bool:
        engine = libinjection()
        for part in _parts(text):
            if engine is not None and self._by_engine(engine, part):
                return True
            if self._is_matched(_without_comments(part.lower())):
                return True
        return False

    def _is_matched(self, text: bytes) -> bool:
        for words, expression in self._expressions:
            for word in words:
                if word in text:
                    if _pattern(self._name, expression).found_in(text):
                        return True
                    break
        return False


@cache
def _pattern(name: str, expression: str) -> Pattern:
    """Compiled when a text has one of its words: all of them take 0.15 s, and few are needed."""
    return Pattern(name, [expression])


def _without_comments(text: bytes) -> bytes:
    """A comment of SQL becomes a space, as in the database; one that MySQL executes stays."""
    return _COMMENT.sub(b" ", text) if b"/*" in text else text


def _strings(text: bytes) -> Iterator[bytes]:
    for string in dict.fromkeys(_JSON_STRING.findall(text)):
        with suppress(ValueError):
            yield wire_bytes_of_json(json.loads(string, strict=False))


def _parts(text: bytes) -> Iterable[bytes]:
    """The keys and values of a JSON object or array; else the text itself, and a form's values.

    Each of them may be such a text again. Of one that only looks like JSON, its strings are parts
    too.
    """
    text = text.lstrip(_BEFORE_JSON)
    inner: Iterable[bytes]
    if text[:1] in _JSON_BEGINS:
        try:
            inner = json_elements(parse_json(text), keys=True, values=True)
        except ValueError:
            return (text, *_strings(text))
    elif _FORM.match(text):
        inner = (
            pair if _ATTRIBUTE.match(pair) else pair.partition(b"=")[2] for pair in text.split(b"&")
        )
    else:
        return (text,)
    return (part for one in inner for part in (_parts(one) if one[:1] in _JSON_BEGINS else (one,)))
