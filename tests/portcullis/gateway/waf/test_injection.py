"""Patterns for SQL injection and cross-site scripting, on the text itself."""

import pytest

from tests.portcullis.gateway.waf.written import (
    ARGUMENTS,
    BODY,
    on,
)


@pytest.mark.parametrize(
    "harmless",
    ["dog", "it's a dog", "select a pet from the list", "O'Brien and sons", "a--b", "10-20"],
)
def test_sql_injection_leaves_ordinary_words_alone(matches, harmless):
    assert not matches(on("sqliMatchStatement", ARGUMENTS), "/?q=" + harmless)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<script>alert(1)</script>", True),
        (b"<img src=x onerror=alert(1)>", True),
        (b"javascript:alert(1)", True),
        (b"a < b and c > d", False),
        (b"on the table = a dog", False),
        (b'{"type": "dog", "price": 1}', False),
    ],
)
def test_cross_site_scripting_is_found_and_ordinary_text_is_not(matches, value, expected):
    assert matches(on("xssMatchStatement", BODY), body=value) is expected
