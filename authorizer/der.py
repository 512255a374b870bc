"""DER that a parser has found sound, taken apart to see how it was written.

Source: ITU-T X.690 section 8.1.
"""

OBJECT_IDENTIFIER = 0x06
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
    """What stands after tag and length."""
    return of[_header(of)[0] :]


def _header(element: bytes) -> tuple[int, int]:
    """The octets of tag and length, and those of the content."""
    length = element[1]
    if length < _LONG_FORM:
        return 2, length
    end = 2 + (length - _LONG_FORM)
    return end, int.from_bytes(element[2:end])
