"""ARNs taken apart, and matched exactly as shell patterns without brackets are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.resources import arn

FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:authorizer"
INVOCATION = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{}/invocations"


def oracle(pattern, text):
    translated = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(translated, text, re.DOTALL) is not None


@given(pattern=st.text("ab*?/", max_size=10), text=st.text("ab/*?", max_size=12))
def test_matching_agrees_with_a_regular_expression(pattern, text):
    assert arn.matches(pattern, text) == oracle(pattern, text)


@given(text=st.text(max_size=30))
def test_a_star_matches_everything_and_a_text_matches_itself_when_plain(text):
    assert arn.matches("*", text)
    if not {"*", "?"} & set(text):
        assert arn.matches(text, text)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a/*/GET/*", "a/test/GET/pets/1", True),
        ("a/test/GET/pets", "a/test/GET/pets/", False),
        ("a/test/GET/pets*", "a/test/GET/petsitters", True),
        ("a/test/GET/pets/?", "a/test/GET/pets/12", False),
        ("a/test/GET/[abc]", "a/test/GET/a", False),
        ("a/Test", "a/test", False),
        ("*a*a*a*a*a*a*a*a*b", "a" * 3000, False),
    ],
)
def test_wildcards_are_those_of_iam(pattern, text, expected):
    assert arn.matches(pattern, text) is expected


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (INVOCATION.format(FUNCTION), ("authorizer", None)),
        (INVOCATION.format(f"{FUNCTION}:live"), ("authorizer", "live")),
        (INVOCATION.format(f"{FUNCTION}:live:x"), None),
        (INVOCATION.format("arn:aws:s3:::bucket"), None),
        (FUNCTION, None),
        ("https://example.test", None),
    ],
)
def test_an_invocation_uri_names_function_and_qualifier(uri, expected):
    found = arn.function_of_invocation_uri(uri)
    assert (None if found is None else (found.name, found.qualifier)) == expected


def test_region_and_account_are_read_from_their_places():
    assert (arn.region_of(FUNCTION), arn.account_of(FUNCTION)) == ("eu-central-1", "111122223333")
    assert arn.account_of("arn:aws") == ""
