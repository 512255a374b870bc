"""Invented identifiers have the right alphabet and length, and follow from their seed."""

import re

from portcullis.standin.invented import LOWER, hexadecimal, text, uuid


def test_the_same_seed_gives_the_same_value():
    assert text(LOWER, 10, "a", "b") == text(LOWER, 10, "a", "b")
    assert text(LOWER, 10, "a", "b") != text(LOWER, 10, "ab")
    assert uuid("a") != uuid("b")


def test_the_formats():
    assert re.fullmatch(r"[a-z0-9]{10}", text(LOWER, 10, "x"))
    assert re.fullmatch(r"[0-9a-f]{7}", hexadecimal(7, "x"))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", uuid("x"))
