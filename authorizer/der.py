"""Splits DER that a parser has accepted, to see how it was encoded.

Source: ITU-T X.690 section 8.1.
"""

BIT_STRING = 0x03
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
_LONG_FORM = 0x80  # the rest of the octet tells how many octets of length follow


def elements(of: bytes) -> list[bytes]:
    """The elements inside one element, each with its tag and length."""
    found = []
    rest = content(of)
    while rest:
        end = sum(_header(rest))
        found.append(rest[:end])
        rest = rest[end:]
    return found


def content(of: bytes) -> bytes:
    """The octets after tag and length."""
    return of[_header(of)[0] :]


def element(tag: int, inside: bytes) -> bytes:
    """An element with this content and the shortest form of its length."""
    length = len(inside)
    if length < _LONG_FORM:
        return bytes([tag, length]) + inside
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, _LONG_FORM + len(octets)]) + octets + inside


def _header(of: bytes) -> tuple[int, int]:
    """The octets of tag and length, and those of the content."""
    length = of[1]
    if length < _LONG_FORM:
        return 2, length
    end = 2 + (length - _LONG_FORM)
    return end, int.from_bytes(of[2:end])
