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
_NAMES = re.compile(r"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+\n)*")
# Without line breaks and NUL, so that no header can be injected.
_VALUE = bytes({0x09, *range(0x20, 0x7F), *range(0x80, 0x100)})


class UnwritableResponseError(Exception):
    """A status or header that must not be sent; a fault of the gate or backend that answered."""


class UnwritableHeaderError(Exception):
    """A header that a reader could take for something else; ``str`` gives its name."""


def header_lines(headers: Sequence[tuple[str, str]]) -> list[str]:
    """A line for each header, in order, without line breaks.

    Raises:
        UnwritableHeaderError: the first one that a reader could take for something else.
    """
    if not _are_writable(headers):  # all at once takes a third of the time
        raise UnwritableHeaderError(next(h[0] for h in headers if not _are_writable((h,))))
    return [f"{name}: {value}" for name, value in headers]


def _are_writable(headers: Sequence[tuple[str, str]]) -> bool:
    try:
        values = "".join([value for _, value in headers]).encode("latin-1")
    except UnicodeEncodeError:
        return False
    # A name with a line break in it would count as two.
    names = "".join([f"{name}\n" for name, _ in headers])
    return (
        not values.translate(None, _VALUE)
        and names.count("\n") == len(headers)
        and _NAMES.fullmatch(names) is not None
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
    lines = [f"HTTP/1.1 {status} {_phrase(status)}"]
    seen_date = False
    stated_length: str | None = None
    try:
        written = header_lines(headers)
    except UnwritableHeaderError as error:
        raise UnwritableResponseError(f"header {str(error)!r}") from None
    for (name, value), line in zip(headers, written, strict=True):
        lowered = name.lower()
        if lowered == "content-length":
            stated_length = value
        if lowered in CONNECTION_FIELDS:
            continue
        seen_date = seen_date or lowered == "date"
        lines.append(line)
    if not seen_date:
        lines.append(f"Date: {_date(int(time.time()))}")
    if status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        body = b""
    else:
        length = str(len(body))
        if method == "HEAD" and not body and stated_length and stated_length.isdecimal():
            length = stated_length  # of the body that a GET would have had
        lines.append(f"Content-Length: {length}")
    lines.append("Connection: close" if closes else "Connection: keep-alive")
    if method == "HEAD":
        body = b""
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), body


@lru_cache(maxsize=128)
def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
