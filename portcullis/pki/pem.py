"""Parses PEM files from others: the blocks and the text between them, in one pass.

Source: RFC 7468 section 3. A body contains no "-", so the search is linear.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

CERTIFICATE: Final = "CERTIFICATE"

_BLOCK: Final = re.compile(
    rb"-----BEGIN (?P<label>[^\r\n-]*)-----(?P<body>[^-]*)-----END (?P=label)-----"
)

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"  # OpenSSL skips it
_LINE_BYTES: Final = 256  # what OpenSSL reads at once


@dataclass(frozen=True, kw_only=True)
class PemBlock:
    position: int  # in the file, from 1
    label: str
    body: bytes
    is_framed: bool  # its BEGIN and END are lines of their own, and no line between is blank

    def binary(self) -> bytes:
        """Raises ValueError unless the body is base64."""
        try:
            return base64.b64decode(b"".join(self.body.split()), validate=True)
        except binascii.Error:
            raise ValueError("not base64") from None


def blocks(content: bytes) -> Iterator[PemBlock]:
    for position, match in enumerate(_BLOCK.finditer(content), start=1):
        label = match["label"].decode("ascii", "replace")
        yield PemBlock(
            position=position,
            label=label,
            body=match["body"],
            is_framed=_is_framed(content, match),
        )


def _is_framed(content: bytes, match: re.Match[bytes]) -> bool:
    """Whether OpenSSL reads the block: it looks for both lines at the beginning of a line."""
    first, *lines = match["body"].split(b"\n")
    before = content[max(0, match.start() - _LINE_BYTES) : match.start()]
    after, _, _ = content[match.end() : match.end() + _LINE_BYTES].partition(b"\n")
    return (
        (before.endswith(b"\n") or before in {b"", _BYTE_ORDER_MARK})
        and not first.strip()
        and lines[-1:] == [b""]
        and all(line.strip() for line in lines[:-1])
        and not after.strip()
    )


def outside(content: bytes) -> bytes:
    """The text outside the blocks."""
    return _BLOCK.sub(b"", content)
