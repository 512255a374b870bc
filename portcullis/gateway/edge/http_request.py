"""Checks the head of a request: a head that two servers could read differently is refused.

The framing has refused what the grammar does not allow. The rules here cover what the grammar
allows but servers read differently, so that no ambiguous request is forwarded. Each rule is checked
on the raw fields, whether or not the framing did so too.

Sources: RFC 9112 sections 3, 6, 9.6 and 11.2; RFC 9110 sections 7.8 and 10.1.1.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

HEADER_LIMIT_BYTES = 10240  # API Gateway quota, request line and header fields together
BODY_LIMIT_BYTES = 10485760  # API Gateway quota, payload size
REMEMBERED_BLOCKS = 128  # heads, and their header fields: a client sends mostly the same ones

# CONNECT asks for a tunnel; other registered methods belong to WebDAV, UPnP or RTSP.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})

_ORIGIN_FORM = re.compile(r"/[!-~]*")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NO_CONTROLS = bytes({0x09, *range(0x20, 0x7F), *range(0x80, 0x100)})
_HOST = re.compile(rb"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_DIGITS = re.compile(rb"[0-9]{1,19}")
# The fields that decide where a request ends, whom it is for, and whether it is the last one.
_DECIDING = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"http2-settings",
        b"transfer-encoding",
        b"upgrade",
    }
)


class RequestRefusedError(Exception):
    """A request that is refused before the gates; ``reason`` is logged, ``text`` is sent."""

    def __init__(self, status: int, reason: str, text: str = "") -> None:
        self.status = status
        self.reason = reason
        self.text = text
        super().__init__(f"{status}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHead:
    method: str
    target: str
    path: str
    query: str
    http_version: str
    headers: tuple[tuple[str, str], ...]
    content_length: int | None
    is_chunked: bool
    expects_continue: bool
    keeps_connection: bool


def read_head(
    method: str,
    target: str,
    version: tuple[int, int],
    raw_headers: Iterable[tuple[bytes, bytes]],
) -> RequestHead:
    """Parse the head; names, values and their order stay as sent.

    Raises:
        RequestRefusedError: 400 for an ambiguous head, 413, 417 or 431 for the limits; the
            connection has to be closed after the answer.
    """
    _check_line(method, target, version)
    headers, deciding, size = _checked_fields(tuple(raw_headers))
    if len(target) + size > HEADER_LIMIT_BYTES:
        raise head_too_large()
    hosts = deciding.get(b"host", ())
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        raise RequestRefusedError(
            400, "there must be exactly one Host header, a name with an optional port"
        )
    if b"upgrade" in deciding or b"http2-settings" in deciding:
        raise RequestRefusedError(
            400, "protocol upgrades (Upgrade, HTTP2-Settings) are not supported"
        )
    content_length, is_chunked = framing(
        version, deciding.get(b"content-length", ()), deciding.get(b"transfer-encoding", ())
    )
    if content_length is not None and content_length > BODY_LIMIT_BYTES:
        raise body_too_large()
    path, _, query = target.partition("?")
    return RequestHead(
        method=method,
        target=target,
        path=path,
        query=query,
        http_version=f"HTTP/{version[0]}.{version[1]}",
        headers=headers,
        content_length=content_length,
        is_chunked=is_chunked,
        expects_continue=_expects_continue(version, deciding.get(b"expect", ())),
        keeps_connection=_keeps_connection(version, deciding.get(b"connection", ())),
    )


def body_too_large() -> RequestRefusedError:
    return RequestRefusedError(
        413,
        f"the body is larger than {BODY_LIMIT_BYTES} bytes",
        f"HTTP content length exceeded {BODY_LIMIT_BYTES} bytes.",
    )


def head_too_large() -> RequestRefusedError:
    # Status and text as callers report them of API Gateway; not in its documentation.
    return RequestRefusedError(
        431,
        f"the request line and headers are larger than {HEADER_LIMIT_BYTES} bytes",
        f"HTTP header is larger than {HEADER_LIMIT_BYTES} bytes.",
    )


def _check_line(method: str, target: str, version: tuple[int, int]) -> None:
    if version not in ((1, 1), (1, 0)):
        raise RequestRefusedError(400, "the HTTP version must be 1.1 or 1.0")
    if method not in METHODS:
        raise RequestRefusedError(400, "the method is not one that API Gateway takes")
    if not _ORIGIN_FORM.fullmatch(target):
        raise RequestRefusedError(
            400, "the request target must be a path, and a query if any (RFC 9112, origin form)"
        )
    # A target has no fragment; some URL parsers read \ as /.
    if "#" in target or "\\" in target:
        raise RequestRefusedError(
            400, "the request target has a character that is not allowed there"
        )


@lru_cache(maxsize=REMEMBERED_BLOCKS)
def _checked_fields(
    headers: tuple[tuple[bytes, bytes], ...],
) -> tuple[tuple[tuple[str, str], ...], Mapping[bytes, Sequence[bytes]], int]:
    """The fields as text, the deciding ones as sent, and the size of all.

    Raises:
        RequestRefusedError: a field that is not well-formed.
    """
    deciding: dict[bytes, list[bytes]] = {}
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
        if not _NAME.fullmatch(name):
            raise RequestRefusedError(
                400, "a header name has a character that is not allowed there"
            )
        if value.translate(None, _NO_CONTROLS):
            raise RequestRefusedError(400, "a header value has a control character")
        lowered = name.lower()
        if lowered in _DECIDING:
            deciding.setdefault(lowered, []).append(value)
    return tuple((n.decode("ascii"), v.decode("latin-1")) for n, v in headers), deciding, size


def framing(
    version: tuple[int, int], lengths: Sequence[bytes], codings: Sequence[bytes]
) -> tuple[int | None, bool]:
    """Content-Length, and whether the body is chunked. Raises RequestRefusedError."""
    if codings:
        if lengths:
            raise RequestRefusedError(
                400, "Content-Length and Transfer-Encoding must not be sent together"
            )
        if version != (1, 1):
            raise RequestRefusedError(400, "HTTP/1.0 has no Transfer-Encoding")
        if len(codings) > 1 or codings[0].lower() != b"chunked":
            raise RequestRefusedError(400, "the only Transfer-Encoding supported is chunked")
        return None, True
    if len(lengths) > 1 or (lengths and not _DIGITS.fullmatch(lengths[0])):
        raise RequestRefusedError(400, "Content-Length must be one whole number")
    return (int(lengths[0]) if lengths else None), False


def _keeps_connection(version: tuple[int, int], connection: Sequence[bytes]) -> bool:
    """False for every HTTP/1.0 request, also one that asks for it: what it means differs."""
    if not connection:
        return version == (1, 1)
    options = {option.strip().lower() for value in connection for option in value.split(b",")}
    return version == (1, 1) and b"close" not in options


def _expects_continue(version: tuple[int, int], expectations: Sequence[bytes]) -> bool:
    if not expectations or version == (1, 0):  # RFC 9110 10.1.1: HTTP/1.0 clients cannot mean it
        return False
    if len(expectations) > 1 or expectations[0].lower() != b"100-continue":
        raise RequestRefusedError(417, "the only expectation supported is 100-continue")
    return True
