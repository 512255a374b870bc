"""The parts of a request that AWS WAF inspects, parsed when a rule needs them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from portcullis.gateway.exchange import Request
from portcullis.gateway.waf.ip_set import Address, parse_address

Values = tuple[bytes, ...]
Extracted = Values | bool  # True or False: whether the statement matches, without a look at values
KILOBYTE = 1024
DEFAULT_BODY_LIMIT_BYTES = 16 * KILOBYTE
HEADERS_LIMIT_BYTES = 8 * KILOBYTE  # headers and cookies each
HEADERS_LIMIT_COUNT = 200


def wire_bytes(text: str) -> bytes:
    """The bytes as received: the listener decodes them as Latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


@dataclass(slots=True)
class Inspection:
    """One request during the evaluation of one web ACL; matching rules add to its lists."""

    request: Request
    body_limit_bytes: int = DEFAULT_BODY_LIMIT_BYTES
    labels: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)  # rules that matched and only counted
    inserted_headers: list[tuple[str, str]] = field(default_factory=list)
    extracted: dict[object, Extracted] = field(default_factory=dict)
    _headers: tuple[tuple[bytes, bytes], ...] | None = None
    _arguments: tuple[tuple[bytes, bytes], ...] | None = None
    _cookies: tuple[tuple[bytes, bytes], ...] | None = None

    @property
    def source(self) -> Address | None:
        return parse_address(self.request.source_ip)

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Names as sent, in order."""
        if self._headers is None:
            self._headers = tuple((wire_bytes(n), wire_bytes(v)) for n, v in self.request.headers)
        return self._headers

    @property
    def arguments(self) -> tuple[tuple[bytes, bytes], ...]:
        """Query arguments as sent; text transformations decode them."""
        if self._arguments is None:
            pairs = (a.partition(b"=") for a in wire_bytes(self.request.query).split(b"&") if a)
            self._arguments = tuple((name, value) for name, _, value in pairs)
        return self._arguments

    @property
    def cookies(self) -> tuple[tuple[bytes, bytes], ...]:
        if self._cookies is None:
            pieces = (
                piece.strip().partition(b"=")
                for name, value in self.headers
                if name.lower() == b"cookie"
                for piece in value.split(b";")
                if piece.strip()
            )
            self._cookies = tuple((name.strip(), value.strip()) for name, _, value in pieces)
        return self._cookies

    def header(self, name: str) -> list[str]:
        """Every value of a header, by its lower-case name."""
        return [v for n, v in self.request.headers if n.lower() == name]


Extract = Callable[[Inspection], Extracted]
Matches = Callable[[Inspection], bool]


class JsonObject(list[tuple[str, Any]]):
    """A JSON object with all its members, duplicate names included."""


def parse_json(body: bytes) -> Any:
    """Raises ValueError for anything but a JSON object or array."""
    try:
        parsed = json.loads(body, object_pairs_hook=JsonObject)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(parsed, list):
        raise ValueError("neither an object nor an array")  # noqa: TRY004 - bad input, not a wrong type
    return parsed


def json_elements(document: Any, *, keys: bool, values: bool) -> Iterator[bytes]:
    """Keys and scalar values of a parsed document, without recursion."""
    left = [document]
    while left:
        element = left.pop()
        if isinstance(element, JsonObject):
            for key, value in element:
                if keys:
                    yield wire_bytes_of_json(key)
                left.append(value)
        elif isinstance(element, list):
            left.extend(element)
        elif values:
            yield wire_bytes_of_json(element)


def json_at(document: Any, pointer: tuple[str, ...]) -> Iterator[Any]:
    """The elements at a JSON pointer; several if a key occurs twice."""
    reached = [document]
    for token in pointer:
        following: list[Any] = []
        for element in reached:
            if isinstance(element, JsonObject):
                following += [value for key, value in element if key == token]
            elif isinstance(element, list) and token.isascii() and token.isdigit():
                following += element[int(token) : int(token) + 1]
        reached = following
    yield from reached


def wire_bytes_of_json(scalar: object) -> bytes:
    if isinstance(scalar, str):
        return scalar.encode("utf-8", "surrogatepass")
    return json.dumps(scalar).encode()
