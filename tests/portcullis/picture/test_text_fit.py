"""Text fits: whole words on lines, long names broken at their points, the rest shortened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.picture.text_fit import shortened, wrapped


@pytest.mark.parametrize(
    ("text", "characters", "shown"),
    [("orders", 6, "orders"), ("orders", 5, "or…rs"), ("orders", 4, "or…s"), ("orders", 1, "…")],
)
def test_the_middle_is_left_out(text, characters, shown):
    assert shortened(text, characters) == shown


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("two words", ["two words"]),
        ("one two three", ["one two", "three"]),
        ("api.example.com", ["api.", "example.", "com"]),
        ("a" * 12, ["a" * 10, "aa"]),
        ("on orders.example", ["on orders.", "example"]),
        ("", []),
    ],
)
def test_lines_hold_words_or_pieces_of_a_long_one(text, lines):
    assert list(wrapped(text, 10)) == lines


@given(st.text(max_size=200), st.integers(5, 40), st.integers(1, 4))
def test_no_line_is_too_long_and_none_too_many(text, characters, most):
    lines = list(wrapped(text, characters, most))
    assert len(lines) <= most
    assert all(0 < len(line) <= characters for line in lines)
