"""Regular expressions: what AWS WAF accepts, and the time a search may take."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf import patterns
from portcullis.gateway.waf.patterns import InspectionTimeoutError, Pattern
from tests.portcullis.gateway.waf.written import (
    PATH,
    on,
)


@pytest.mark.parametrize(
    ("pattern", "target", "expected"),
    [
        (r"^/pets/\d+$", "/pets/42", True),
        (r"^/pets/\d+$", "/pets/x", False),
        (r"(?i)ADMIN", "/x/admin", True),
        (r"\\\.", "/a.b", False),
        (r"[(?>]", "/a", False),
    ],
)
def test_a_regular_expression_is_searched_for(matches, pattern, target, expected):
    assert matches(on("regexMatchStatement", PATH, regexString=pattern), target) is expected


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"(a)\1", "back-reference"),
        (r"(?P<x>a)(?P=x)", "back-reference"),
        (r"(?>a+)b", "atomic group"),
        (r"a++b", "possessive"),
        (r"a{2,3}+b", "possessive"),
        (r"(?(1)a|b)", "conditional"),
        (r"a(?R)?b", "recursion"),
        (r"(*SKIP)a", "verb"),
        (r"a\Kb", "K"),
        (r"(", "does not compile"),
        ("a" * 513, "512"),
    ],
)
def test_a_regular_expression_that_aws_refuses_stops_the_start(matches, pattern, words):
    with pytest.raises(UnsupportedError, match=words):
        matches(on("regexMatchStatement", PATH, regexString=pattern))


def test_any_of_the_expressions_is_enough():
    pattern = Pattern("set", ["^a", "b$"])
    assert [pattern.found_in(text) for text in (b"ax", b"xb", b"xx")] == [True, True, False]


def test_a_set_without_expressions_stops_the_start():
    with pytest.raises(UnsupportedError, match="set: it has no regular expression"):
        Pattern("set", [])


@pytest.mark.parametrize("length", [100, patterns.REMEMBERED_BYTES + 100])
def test_a_long_text_and_a_short_one_are_searched_alike(length):
    pattern = Pattern("set", ["x$"])
    assert pattern.found_in(b"." * length + b"x")
    assert not pattern.found_in(b"x" + b"." * length)


def test_a_search_that_takes_too_long_is_an_error_not_an_answer(monkeypatch):
    monkeypatch.setattr(patterns, "SEARCH_LIMIT_SECONDS", 0.005)
    with pytest.raises(InspectionTimeoutError):
        Pattern("set", [r"^(\w+\s?)*$"]).found_in(b"a" * 5000 + b"!")
