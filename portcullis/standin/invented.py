"""Invents identifiers in AWS's formats; the same seed gives the same value."""

import hashlib
import string
from collections.abc import Sequence

LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
MIXED = string.ascii_letters + string.digits
CREATED = "2026-01-01T00:00:00Z"  # fixed, so that two runs of a program are equal


def text(alphabet: str, length: int, *seed: str) -> str:
    """``length`` characters of ``alphabet``."""
    stream = hashlib.shake_256(_seed(seed)).digest(length)
    return "".join(alphabet[byte % len(alphabet)] for byte in stream)


def hexadecimal(length: int, *seed: str) -> str:
    return hashlib.shake_256(_seed(seed)).hexdigest(length)[:length]


def uuid(*seed: str) -> str:
    digits = hexadecimal(32, *seed)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _seed(seed: Sequence[str]) -> bytes:
    return "\0".join(seed).encode()
