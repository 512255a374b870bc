"""Writes a Response as HTTP/1.1; framing and connection headers are the front's own.

Source: RFC 9112 sections 4 to 6, RFC 9110 sections 6.4.1 and 7.6.1.
"""

import re
import time
from collections.abc import Iterable
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
# Without line breaks and NUL, so that no header can be injected.
_LINE = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [\t\x20-\x7e\x80-\xff]*")


class UnwritableResponseError(Exception):
    """A status or header that must not be sent; a fault of the gate or backend that answered."""


def header_line(name: str, value: str) -> str | None:
    """The header line, or None if a client could read it as something else."""
    line = f"{name}: {value}"
    # The pattern's name ends at the first colon, so ours must not hold one.
    return line if ":" not in name and _LINE.fullmatch(line) else None


def wire(
    status: int,
    headers: Iterable[tuple[str, str]],
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
    for name, value in headers:
        line = header_line(name, value)
        if line is None:
            raise UnwritableResponseError(f"header {name!r}")
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
