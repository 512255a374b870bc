"""Writes a Response as HTTP/1.1; framing and connection headers are the front's own.

Source: RFC 9112 sections 4 to 6, RFC 9110 sections 6.4.1 and 7.6.1.
"""

import re
import time
from collections.abc import Sequence
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

# These describe one connection or its framing, so the front writes them.
CONNECTION_FIELDS = frozenset(
    {
        "connection",
        "content-length",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# What a head consists of. Line breaks are counted, so that no header can be injected.
_TEXT = bytes({0x09, 0x0A, 0x0D, *range(0x20, 0x7F), *range(0x80, 0x100)})
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT.value, HTTPStatus.NOT_MODIFIED.value})


class UnwritableResponseError(Exception):
    """A status or header that must not be sent; a fault of the gate or backend that answered."""


class UnwritableHeaderError(Exception):
    """A header that a reader could take for something else; ``str`` gives its name."""


def without_connection_fields(
    headers: Sequence[tuple[str, str]],
) -> tuple[list[tuple[str, str]], list[str]]:
    """The headers without CONNECTION_FIELDS, and the names of all in lower case.

    Raises:
        UnwritableHeaderError: a name that a reader could take for something else.
    """
    names = [_field_name(name) for name, _ in headers]
    if CONNECTION_FIELDS.isdisjoint(names):  # as it mostly is
        return list(headers), names
    pairs = zip(headers, names, strict=True)
    return [header for header, name in pairs if name not in CONNECTION_FIELDS], names


@lru_cache(maxsize=1024)
def _field_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UnwritableHeaderError(name)
    return name.lower()


def head_bytes(start_line: str, headers: Sequence[tuple[str, str]]) -> bytes:
    """A start line and headers, whose names are checked, with the empty line at the end.

    Raises:
        UnwritableHeaderError: the first one that a reader could take for something else.
    """
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if not _are_lines(lines, len(headers)):  # all at once takes a third of the time
        raise UnwritableHeaderError(
            next(name for name, value in headers if not _are_lines(f"{value}\r\n", 1))
        )
    return f"{start_line}\r\n{lines}\r\n".encode("latin-1")


def _are_lines(text: str, count: int) -> bool:
    try:
        encoded = text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return (
        not encoded.translate(None, _TEXT)
        and encoded.count(b"\r") == count
        and encoded.count(b"\n") == count
    )


def wire(
    status: int,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    *,
    method: str,
    closes: bool,
) -> tuple[bytes, bytes]:
    """Head and body to send; the body is empty where the method or status forbids one.

    Raises:
        UnwritableResponseError: a status or header that must not be sent.
    """
    if not 200 <= status <= 599:  # noqa: PLR2004 - final statuses, RFC 9110 section 15
        raise UnwritableResponseError(f"status {status}")
    try:
        sent, names = without_connection_fields(headers)
        if "date" not in names:
            sent.append(("Date", _date(int(time.time()))))
        if status in _WITHOUT_BODY:
            body = b""
        else:
            length = str(len(body))
            if method == "HEAD" and not body and "content-length" in names:
                stated = headers[names.index("content-length")][1]
                if stated.isdecimal():
                    length = stated  # of the body that a GET would have had
            sent.append(("Content-Length", length))
        sent.append(("Connection", "close" if closes else "keep-alive"))
        head = head_bytes(f"HTTP/1.1 {status} {_phrase(status)}", sent)
    except UnwritableHeaderError as error:
        raise UnwritableResponseError(f"header {str(error)!r}") from None
    return head, b"" if method == "HEAD" else body


@lru_cache(maxsize=128)
def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
