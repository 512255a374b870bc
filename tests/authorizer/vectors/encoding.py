"""Every element of a certificate, encoded in ways that DER forbids: X.690 sections 8.1 and 10.1.

After Wycheproof's flag InvalidAsn, whose cases damage public keys: the same damage, anywhere in
what an issuer signs and in the extensions' values.
"""

from collections.abc import Callable, Iterator

from tests.authorizer.surgery import (
    CONSTRUCTED,
    EXTENSIONS,
    OCTET_STRING,
    SIGNATURE,
    Element,
    armour,
    bits,
    length,
    parse,
    sequence,
)
from tests.authorizer.vectors.case import good

Damage = Callable[[int, bytes], bytes]  # a tag and its content, to an encoding


def _long_form(size: int) -> bytes:
    octets = size.to_bytes(max(1, (size.bit_length() + 7) // 8))
    return bytes([0x80 | len(octets)]) + octets


def _sized(size: Callable[[int], bytes]) -> Damage:
    """Another length, and the same content."""
    return lambda tag, content: bytes([tag]) + size(len(content)) + content


def _tagged(tag: int) -> Damage:
    return lambda _, content: bytes([tag]) + length(len(content)) + content


def _indefinite(end: bytes) -> Damage:
    return lambda tag, content: bytes([tag, 0x80]) + content + end


def sound(tag: int, content: bytes) -> bytes:
    return bytes([tag]) + length(len(content)) + content


DAMAGES: dict[str, Damage] = {
    "length with a leading zero": _sized(lambda size: b"\x84" + size.to_bytes(4)),
    "length one too high": _sized(lambda size: length(size + 1)),
    "length one too low": _sized(lambda size: length(size - 1) if size else b"\x01"),
    "length of 2^31 - 1": _sized(lambda _: _long_form(2**31 - 1)),
    "length of 2^32 - 1": _sized(lambda _: _long_form(2**32 - 1)),
    "length of 2^64 - 1": _sized(lambda _: _long_form(2**64 - 1)),
    "length that overflows 32 bits": _sized(lambda size: _long_form(2**32 + size)),
    "length that overflows 64 bits": _sized(lambda size: _long_form(2**64 + size)),
    "length of 127 octets": _sized(lambda size: b"\xff" + size.to_bytes(127)),
    "indefinite length": _indefinite(b"\0\0"),
    "indefinite length without end": _indefinite(b""),
    "indefinite length with half an end": _indefinite(b"\0"),
    "indefinite length with another end": _indefinite(b"\x05\0"),
    "indefinite length around it": lambda tag, content: b"\x30\x80" + sound(tag, content) + b"\0\0",
    "constructed for primitive": lambda tag, content: sound(tag ^ CONSTRUCTED, content),
    "tag of several octets": lambda tag, content: sound(tag | 0x1F, content),
    "tag 0": _tagged(0),
    "tag of another class": _tagged(0x4E),
    "tag that is private": _tagged(0xFF),
    "in a sequence": lambda tag, content: (
        b"\x30" + length(len(sound(tag, content))) + sound(tag, content)
    ),
    "unknown elements before it": lambda tag, content: b"\xaa\0\xbb\0" + sound(tag, content),
    "zeros after it": lambda tag, content: sound(tag, content) + b"\0\0",
    "last octet missing": lambda tag, content: sound(tag, content)[:-1],
}


def damaged(damage: Damage) -> Iterator[tuple[str, str]]:
    """Each place in a good certificate, and the PEM of one with the damage there."""
    for number, element in enumerate(_fields().walk()):
        place = f"element {number}, {element.encoded[:8].hex()}"
        fields = _fields()
        found = list(fields.walk())[number]
        found.raw = damage(found.tag, found.body)
        if found.raw != element.encoded:
            yield place, _issued(fields)


def whole() -> str:
    return _issued(_fields())


def _fields() -> Element:
    """What is signed, with the extensions' values taken apart too."""
    fields = parse(good().tbs_certificate_bytes)
    for extension in fields[EXTENSIONS][0].inside:
        value = extension.inside[-1]
        assert value.tag == OCTET_STRING
        value.inside = [parse(value.content)]
    return fields


def _issued(fields: Element) -> str:
    algorithm = parse(good().tbs_certificate_bytes)[SIGNATURE]
    return armour(sequence(fields, algorithm, bits(good().signature)).encoded)
