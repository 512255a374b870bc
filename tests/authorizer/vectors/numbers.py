"""Version and serial number: RFC 5280 sections 4.1.2.1 and 4.1.2.2."""

from tests.authorizer.surgery import EXTENSIONS, SERIAL_NUMBER, VERSION, Element
from tests.authorizer.vectors.case import MALFORMED, OK, Change, changed, octets


def _version_1(fields: Element) -> None:
    del fields.inside[EXTENSIONS]
    del fields.inside[VERSION]


def _without_version(fields: Element) -> None:
    del fields.inside[VERSION]


def _version(octet: int) -> Change:
    return lambda fields: setattr(fields[VERSION][0], "content", bytes([octet]))


def _serial(content: bytes) -> Change:
    return octets(SERIAL_NUMBER, content)


V1, SERIAL = "limbo webpki::v1-cert", "limbo rfc5280::serial::"
CASES = (
    changed("version-1", V1, MALFORMED, _version_1),
    changed("version-1-with-extensions", "RFC 5280 4.1.2.1", MALFORMED, _without_version),
    changed("version-1-written-out", "X.690 11.5", MALFORMED, _version(0)),
    changed("version-2", V1, MALFORMED, _version(1)),
    changed("version-4", "RFC 5280 4.1", MALFORMED, _version(3)),
    changed("version-negative", "RFC 5280 4.1", MALFORMED, _version(255)),
    changed("serial-zero", SERIAL + "zero", MALFORMED, _serial(b"\0")),
    changed("serial-negative", SERIAL + "negative", MALFORMED, _serial(b"\xff")),
    changed("serial-22-octets", SERIAL + "too-long", MALFORMED, _serial(b"\x7f" * 22)),
    changed("serial-21-octets", "RFC 5280 4.1.2.2", MALFORMED, _serial(b"\x01" * 21)),
    changed(
        "serial-20-octets-and-a-sign",
        "RFC 5280 4.1.2.2",
        OK,
        _serial(b"\0" + b"\xff" * 20),
        why="issuers that draw 20 random octets write a zero before half of them",
    ),
    changed("serial-20-octets", "RFC 5280 4.1.2.2", OK, _serial(b"\x7f" * 20)),
    changed("serial-empty", "X.690 8.3.1", MALFORMED, _serial(b"")),
    changed("serial-padded", "X.690 8.3.2", MALFORMED, _serial(b"\0\x01")),
    changed("serial-padded-negative", "X.690 8.3.2", MALFORMED, _serial(b"\xff\xff")),
)
