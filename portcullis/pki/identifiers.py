"""The written forms of a serial number and a thumbprint: one to write, several to read.

Logs, the client registry and the commands write a serial number as lower-case hex and a thumbprint
as ``x5t#S256``. Other tools write them differently: OpenSSL in upper case or with colons, API
Gateway (``$context.identity.clientCert.serialNumber``) with colons or as a decimal number.
Source: RFC 8705 section 3.1 (``x5t#S256``).
"""

import base64
import re
from typing import Final

_SERIAL_NUMBER: Final = re.compile(r"(?:0x)?[0-9A-Fa-f]+(?::[0-9A-Fa-f]+)*")
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_FINGERPRINT: Final = re.compile(r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}")


def serial_text(serial_number: int) -> str:
    """Lower-case hex without colons or leading zeros."""
    return f"{serial_number:x}"


def parse_serial_number(text: str) -> int:
    """A serial number in hexadecimal, with or without colons or 0x in front.

    Raises:
        ValueError: it is anything else.
    """
    if not _SERIAL_NUMBER.fullmatch(text):  # int() would also take 1_0, -5 and other alphabets
        raise ValueError(text)
    return int(text.replace(":", ""), 16)


def parse_api_gateway_serial_number(text: str) -> int:
    """A serial number as API Gateway logs it: hexadecimal with colons, or decimal.

    Raises:
        ValueError: it is anything else.
    """
    if text.isascii() and text.isdigit():
        return int(text)
    return parse_serial_number(text)


def parse_thumbprint(text: str) -> str:
    """The ``x5t#S256`` of a thumbprint, or of a SHA-256 fingerprint in hex with or without colons.

    Raises:
        ValueError: it is anything else.
    """
    if _THUMBPRINT.fullmatch(text):
        return text
    if not _FINGERPRINT.fullmatch(text):
        raise ValueError(text)
    return base64url(bytes.fromhex(text.replace(":", "")))


def base64url(raw: bytes) -> str:
    """Without padding, as in RFC 7515 section 2."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
