"""A TLS 1.1 ClientHello in bytes, and the alert in a server's reply.

Source: RFC 4346 sections 6.2 and 7.4.1.2; alert numbers from RFC 8446 section 6.
"""

import os
import struct

TLS_1_0 = b"\x03\x01"  # version of the record: one lower, as TLS 1.1 clients do
TLS_1_1 = b"\x03\x02"
HANDSHAKE, ALERT = 22, 21
ALERT_RECORD_BYTES = 7

# ECDHE and plain RSA with AES in CBC mode: what TLS 1.1 clients offer, for any kind of key.
_CIPHERS = (0xC00A, 0xC009, 0xC014, 0xC013, 0x0035, 0x002F)
_CURVES = (23, 24)  # secp256r1, secp384r1
_ALERTS = {0: "close notify", 40: "handshake failure", 70: "protocol version", 80: "internal error"}


def client_hello(host: str) -> bytes:
    """The record to send first; it offers TLS 1.1 and nothing newer."""
    name = host.encode("idna")
    extensions = b"".join(
        (
            _extension(0, _sized(b"\x00" + _sized(name))),  # server_name
            _extension(10, _sized(_numbers(_CURVES))),  # supported_groups
            _extension(11, b"\x01\x00"),  # ec_point_formats: uncompressed
        )
    )
    hello = b"".join(
        (
            TLS_1_1,
            os.urandom(32),
            b"\x00",  # no session id
            _sized(_numbers(_CIPHERS)),
            b"\x01\x00",  # no compression
            _sized(extensions),
        )
    )
    message = b"\x01" + len(hello).to_bytes(3, "big") + hello
    return bytes([HANDSHAKE]) + TLS_1_0 + _sized(message)


def alert_text(reply: bytes) -> str | None:
    """The alert at the start of a reply, or None when it is something else."""
    if len(reply) < ALERT_RECORD_BYTES or reply[0] != ALERT:
        return None
    return _ALERTS.get(reply[6], f"number {reply[6]}")


def _sized(content: bytes) -> bytes:
    return struct.pack(">H", len(content)) + content


def _numbers(values: tuple[int, ...]) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


def _extension(number: int, content: bytes) -> bytes:
    return struct.pack(">H", number) + _sized(content)
