"""A text is made for the patterns that contracts have, and none for others."""

import re

import pytest

from portcullis.acceptance.generated.pattern_text import texts

PATTERNS = {
    r"^MG[0-9a-fA-F]{32}$": "MG" + "0" * 32,
    r"^\d{1,13}$|^\d{1,13}\.\d{1,5}$": "0",
    r"^(?:ord|inv)-[^\W_]+(/\S+)?$": "ord-a",
    r"^[^a-zA-Z0-9]$": "-",
    r"^[^\d\s]\D\s\W.$": "aa -a",
    r"x": "x",
    r"^(?!\s)(.*)(\S)$": "a",
    r"^[\w.]{2,}@(?P<host>[a-z]+)$": "aa@a",
    r"[^,]": "a",
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_shortest_text_comes_first_and_every_text_matches(pattern):
    found = list(texts(pattern))
    assert found[0] == PATTERNS[pattern]
    assert all(re.search(pattern, text) for text in found)


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"(?=x)y", r"(a)\1", r"(", r"\p{L}", r"^a$b", r"[^\d\D]"),
        "(((a{999}){999}){999}){999}",
    ],
    ids=["lookahead", "reference", "not-regular", "ecma", "nothing", "no-character", "huge"],
)
def test_another_pattern_gives_none(pattern):
    assert list(texts(pattern)) == []
