"""Asks the system's resolver for the NS records of a zone.

Source: RFC 1035 sections 4.1 (messages) and 4.1.4 (compression).
"""

import secrets
import socket
import struct
from pathlib import Path
from typing import Final

RESOLV_CONF: Final = Path("/etc/resolv.conf")
TIMEOUT_SECONDS: Final = 3.0
_NS, _IN = 2, 1
_RECURSION_DESIRED: Final = 0x0100
_NO_ERROR, _NO_SUCH_NAME = 0, 3
_POINTER: Final = 0xC0
_HEADER: Final = struct.Struct("!6H")
_RECORD: Final = struct.Struct("!2HIH")


class DnsError(Exception):
    """No resolver, no answer in time, or an answer that cannot be parsed."""


def name_servers(zone: str, *, resolver: tuple[str, int] | None = None) -> set[str]:
    """The names in the zone's NS records; empty where DNS has none.

    Raises:
        DnsError: no usable answer arrived.
    """
    host, port = resolver or (_resolver(), 53)
    identifier = secrets.randbits(16)
    question = _encoded(zone) + struct.pack("!2H", _NS, _IN)
    query = _HEADER.pack(identifier, _RECURSION_DESIRED, 1, 0, 0, 0) + question
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.settimeout(TIMEOUT_SECONDS)
            udp.connect((host, port))
            udp.send(query)
            message = udp.recv(4096)
    except OSError as error:
        raise DnsError(f"resolver {host}: {error}") from error
    try:
        return _answers(message, identifier)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise DnsError(f"resolver {host}: the answer is malformed") from error


def _resolver() -> str:
    try:
        lines = RESOLV_CONF.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise DnsError(f"{RESOLV_CONF} cannot be read: {error.strerror}") from error
    for line in lines:
        words = line.split()
        if words[:1] == ["nameserver"] and len(words) > 1:
            return words[1].partition("%")[0]
    raise DnsError(f"{RESOLV_CONF} names no nameserver")


def _encoded(name: str) -> bytes:
    labels = name.rstrip(".").encode("ascii").split(b".")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _answers(message: bytes, identifier: int) -> set[str]:
    number, flags, questions, answers, _, _ = _HEADER.unpack_from(message)
    code = flags & 0xF
    if number != identifier or code not in {_NO_ERROR, _NO_SUCH_NAME}:
        raise DnsError(f"the answer has code {code}")
    offset = _HEADER.size
    for _ in range(questions):
        offset = _name(message, offset)[1] + 4
    found = set()
    for _ in range(answers):
        _, offset = _name(message, offset)
        kind, _, _, length = _RECORD.unpack_from(message, offset)
        offset += _RECORD.size
        if kind == _NS:
            found.add(_name(message, offset)[0])
        offset += length
    return found


def _name(message: bytes, offset: int) -> tuple[str, int]:
    """The name at ``offset``, and the offset behind it; a pointer ends a name."""
    labels: list[str] = []
    end = -1
    for _ in range(128):  # more labels than a name may have: a circle of pointers
        length = message[offset]
        if length >= _POINTER:
            end = offset + 2 if end < 0 else end
            offset = (length - _POINTER) << 8 | message[offset + 1]
        elif length == 0:
            return ".".join(labels), offset + 1 if end < 0 else end
        else:
            labels.append(message[offset + 1 : offset + 1 + length].decode("ascii"))
            offset += 1 + length
    raise IndexError("a name in circles")
