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


@dataclass(frozen=True, kw_only=True)
class PemBlock:
    position: int  # in the file, from 1
    label: str
    body: bytes

    def binary(self) -> bytes:
        """Raises ValueError unless the body is base64."""
        try:
            return base64.b64decode(b"".join(self.body.split()), validate=True)
        except binascii.Error:
            raise ValueError("not base64") from None


def blocks(content: bytes) -> Iterator[PemBlock]:
    for position, match in enumerate(_BLOCK.finditer(content), start=1):
        label = match["label"].decode("ascii", "replace")
        yield PemBlock(position=position, label=label, body=match["body"])


def outside(content: bytes) -> bytes:
    """The text outside the blocks."""
    return _BLOCK.sub(b"", content)
