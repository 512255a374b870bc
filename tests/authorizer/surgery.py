"""DER taken apart and put together again, also as no sound encoder would: for damage on purpose.

Source: ITU-T X.690 sections 8 and 10; RFC 5280 section 4.1.
"""

import base64
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.authorizer.making import elliptic_key

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL = 0x01, 0x02, 0x03, 0x04, 0x05
OBJECT_IDENTIFIER, UTF8_STRING, PRINTABLE_STRING, T61_STRING = 0x06, 0x0C, 0x13, 0x14
UTC_TIME, GENERALIZED_TIME, BMP_STRING, SEQUENCE, SET = 0x17, 0x18, 0x1E, 0x30, 0x31
CONSTRUCTED = 0x20


@dataclass
class Element:
    """One tag with its content, or with the elements inside. ``raw`` stands in for all of it."""

    tag: int
    content: bytes = b""
    inside: list["Element"] = field(default_factory=list)
    raw: bytes | None = None

    def __getitem__(self, position: int) -> "Element":
        return self.inside[position]

    @property
    def encoded(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return bytes([self.tag]) + length(len(self.body)) + self.body

    @property
    def body(self) -> bytes:
        return b"".join(e.encoded for e in self.inside) if self.inside else self.content

    def walk(self) -> Iterator["Element"]:
        yield self
        for element in self.inside:
            yield from element.walk()


# The fields of a certificate to be signed, by position.
VERSION, SERIAL_NUMBER, SIGNATURE, ISSUER, VALIDITY, SUBJECT, KEY, EXTENSIONS = range(8)


def parse(der: bytes) -> Element:
    element, rest = _first(der)
    assert not rest
    return element


def signed_again(of: x509.Certificate, change: Callable[[Element], object]) -> str:
    """The PEM of a certificate whose issuer would have signed it with this change inside."""
    fields = parse(of.tbs_certificate_bytes)
    algorithm = copy.deepcopy(fields[SIGNATURE])
    change(fields)
    signature = elliptic_key().sign(fields.encoded, ec.ECDSA(hashes.SHA256()))
    return armour(sequence(fields, algorithm, bits(signature)).encoded)


def spoiled(of: x509.Certificate, change: Callable[[Element], object]) -> str:
    """The PEM of a certificate that was changed anywhere, and not signed again."""
    whole = parse(of.public_bytes(Encoding.DER))
    change(whole)
    return armour(whole.encoded)


def armour(der: bytes, label: str = "CERTIFICATE") -> str:
    body = base64.encodebytes(der).decode("ascii")
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n"


def extension(fields: Element, of: x509.ObjectIdentifier) -> Element:
    wanted = object_identifier(of.dotted_string).content
    (found,) = [e for e in fields[EXTENSIONS][0].inside if e[0].content == wanted]
    return found


def length(number: int) -> bytes:
    """A length as DER wants it: as short as can be."""
    if number < 0x80:
        return bytes([number])
    octets = number.to_bytes((number.bit_length() + 7) // 8)
    return bytes([0x80 | len(octets)]) + octets


def sequence(*inside: Element) -> Element:
    return Element(SEQUENCE, inside=list(inside))


def integer(number: int) -> Element:
    return Element(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, signed=True))


def bits(octets: bytes) -> Element:
    return Element(BIT_STRING, b"\0" + octets)


def object_identifier(dotted: str) -> Element:
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for number in (first * 40 + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(0x80 | number & 0x7F)
        content += bytes(reversed(groups))
    return Element(OBJECT_IDENTIFIER, content)


def _first(der: bytes) -> tuple[Element, bytes]:
    tag, size, start = der[0], der[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(der[2:start])
    content, rest = der[start : start + size], der[start + size :]
    if not tag & CONSTRUCTED:
        return Element(tag, content), rest
    element = Element(tag)
    while content:
        inner, content = _first(content)
        element.inside.append(inner)
    return element, rest
