"""Replaces what varies from call to call or names a stack, so that two recordings compare.

The tables below hold the rules. They also keep tokens, addresses, account numbers and host names
out of recordings.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from portcullis.acceptance.wire.outcome import Answer

MEANINGS: Final = {
    "{gateway}": "the host name of the custom domain, with its port if it has one",
    "{default-endpoint}": "the host name of the default endpoint",
    "{backend}": "the host name of the backend",
    "{token}": "a JWT",
    "{secret}": "whatever the header holds",
    "{id}": "a UUID",
    "{date}": "an HTTP date",
    "{time}": "a time in ISO 8601, or in seconds or milliseconds since 1970",
    "{key}": "43 characters in base64url: a thumbprint, key id or coordinate",
    "{account}": "12 digits: an AWS account",
    "{address}": "an IP address, with its port if it has one",
    "{software}": "the name of a server",
    "{length}": "the length of a body in which something was replaced",
}
# Headers whose whole value is replaced.
HEADERS: Final = {
    "date": "{date}",
    "expires": "{date}",
    "last-modified": "{date}",
    "x-amzn-remapped-date": "{date}",
    "age": "{time}",
    "etag": "{id}",
    "x-amz-apigw-id": "{id}",
    "x-amz-cf-id": "{id}",
    "x-amz-cf-pop": "{id}",
    "x-amzn-requestid": "{id}",
    "x-amzn-trace-id": "{id}",
    "x-request-id": "{id}",
    "authorization": "{secret}",
    "set-cookie": "{secret}",
    "server": "{software}",
    "via": "{software}",
    "x-amzn-remapped-server": "{software}",
}
LENGTHS: Final = frozenset({"content-length", "x-amzn-remapped-content-length"})
# Patterns in the values of headers and in strings of the body.
PATTERNS: Final = (
    ("{token}", re.compile(r"\be[wy][\w-]*\.[\w-]*\.[\w-]*")),
    ("{id}", re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")),
    ("{date}", re.compile(r"\b[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")),
    (
        "{time}",
        re.compile(r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?"),
    ),
    ("{time}", re.compile(r"\b1\d{9}(?:\d{3})?\b")),  # seconds or milliseconds since 1970
    ("{key}", re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")),  # a thumbprint, coordinate or key id
    ("{account}", re.compile(r"\b\d{12}\b")),
    ("{address}", re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b")),
    ("{address}", re.compile(r"\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{0,4}\b")),
)


class Normaliser:
    """``names`` are the host names and addresses of the target, each with its replacement."""

    def __init__(self, names: Mapping[str, str]) -> None:
        # The longest first: a host name may be part of an address with a port.
        self._names = [
            (replacement, re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])"))
            for name, replacement in sorted(names.items(), key=lambda item: -len(item[0]))
        ]

    def text(self, text: str) -> str:
        """A string with every name and pattern replaced."""
        for replacement, pattern in (*self._names, *PATTERNS):
            text = pattern.sub(replacement, text)
        return text

    def body(self, body: bytes) -> tuple[Any, bool]:
        """The body as JSON or, with True, as a list of lines."""
        try:
            return self._json(json.loads(body)), False
        except (ValueError, RecursionError):
            return self.text(body.decode("utf-8", "replace")).splitlines(), True

    def headers(self, answer: Answer) -> tuple[tuple[str, str], ...]:
        """The headers in lower case, in the order of their names."""
        headers = [
            (name.lower(), self._header(name.lower(), value, answer))
            for name, value in answer.headers
        ]
        return tuple(sorted(headers))

    def _header(self, name: str, value: str, answer: Answer) -> str:
        if name in HEADERS:
            return HEADERS[name]
        if name in LENGTHS and self.text(text := answer.body.decode("utf-8", "replace")) != text:
            return "{length}"
        return self.text(value)

    def _json(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._json(item) for item in value]
        if isinstance(value, dict):
            return {self.text(name): self._json(item) for name, item in sorted(value.items())}
        if isinstance(value, int) and not isinstance(value, bool):
            replaced = self.text(str(value))
            return value if replaced == str(value) else replaced
        return value
