"""DER elements are taken apart and made, whatever the length of their content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.der import SEQUENCE, content, element, elements


@pytest.mark.parametrize(
    ("length", "head"),
    [(0, b"\x30\x00"), (127, b"\x30\x7f"), (128, b"\x30\x81\x80"), (256, b"\x30\x82\x01\x00")],
)
def test_the_length_has_its_shortest_form(length, head):
    made = element(SEQUENCE, b"x" * length)
    assert made == head + b"x" * length
    assert content(made) == b"x" * length


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_the_elements_of_a_sequence_come_back(inside):
    parts = [element(4, one) for one in inside]
    assert elements(element(SEQUENCE, b"".join(parts))) == parts
