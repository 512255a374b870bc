"""Reads when the certificates of a PEM bundle end. The pack has no library for certificates.

Sources: RFC 5280 sections 4.1 and 4.1.2.5 (fields, times); X.690 section 8.1 (encoding); RFC 7468.
"""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
VERSION, UTC_TIME, GENERALIZED_TIME = 0xA0, 0x17, 0x18
LAST_CENTURY_FROM = 50  # the lowest year of a UTCTime that is not in this century
VALIDITY = 3  # after serial number, signature and issuer


@lru_cache(maxsize=64)  # two rules read the same bundle
def ends(bundle: str) -> tuple[datetime | None, ...]:
    """The end of each certificate, in order; None for one that cannot be read."""
    return tuple(_end(body) for body in BLOCK.findall(bundle))


def _end(body: str) -> datetime | None:
    try:
        ((_, certificate),) = _elements(base64.b64decode("".join(body.split()), validate=True))
        fields = list(_elements(next(_elements(certificate))[1]))
        if fields[0][0] == VERSION:
            del fields[0]
        _, (tag, end) = _elements(fields[VALIDITY][1])
        return _time(tag, end.decode("ascii"))
    except (ValueError, IndexError, StopIteration):
        return None


def _time(tag: int, text: str) -> datetime:
    if tag == UTC_TIME:
        text = f"{19 if int(text[:2]) >= LAST_CENTURY_FROM else 20}{text}"
    elif tag != GENERALIZED_TIME:
        raise ValueError(tag)
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element. Raises IndexError or ValueError where it is cut short."""
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(der[at : at + size], "big")
            at += size
        if at + length > len(der):
            raise ValueError(length)
        yield tag, der[at : at + length]
        at += length
