"""Request components: which bytes a statement inspects, and how oversize ones are handled."""

import pytest
from pulumi import _types
from pulumi_aws.wafv2 import outputs

from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.fields import SUPPORTED_FIELDS, UNSUPPORTED_FIELDS
from tests.portcullis.gateway.waf.written import (
    ARGUMENTS,
    BODY,
    PATH,
    QUERY,
    contains,
)


def test_text_transformations_run_in_order_of_their_priority(matches):
    twice = [{"priority": 2, "type": "LOWERCASE"}, {"priority": 1, "type": "URL_DECODE"}]
    assert matches(contains("/admin", PATH, "EXACTLY", twice), "/%41DMIN")
    assert not matches(contains("/admin", PATH, "EXACTLY", twice[:1]), "/%41DMIN")


@pytest.mark.parametrize(
    ("field", "found", "changes", "elsewhere"),
    [
        ({"method": {}}, "PATCH", {"method": "PATCH"}, {"target": "/PATCH"}),
        (PATH, "bad", {"target": "/bad"}, {"target": "/?bad"}),
        (QUERY, "bad", {"target": "/?bad"}, {"target": "/bad"}),
        (ARGUMENTS, "bad", {"target": "/?a=1&b=bad"}, {"target": "/?bad=1"}),
        (
            {"singleQueryArgument": {"name": "User"}},
            "bad",
            {"target": "/?x=1&uSER=good&user=bad"},
            {"target": "/?other=bad"},
        ),
        (
            {"singleHeader": {"name": "X-Evil"}},
            "bad",
            {"headers": (("x-evil", "good"), ("X-EVIL", "bad"))},
            {"headers": (("X-Good", "bad"),)},
        ),
        (BODY, "bad", {"body": b"a bad body"}, {"target": "/bad"}),
    ],
    ids=["method", "path", "query", "arguments", "argument", "header", "body"],
)
def test_a_statement_sees_its_component_and_no_other(matches, field, found, changes, elsewhere):
    assert matches(contains(found, field), **changes)
    assert not matches(contains(found, field), **elsewhere)


@pytest.mark.parametrize(
    ("pattern", "scope", "headers", "expected"),
    [
        ({"all": {}}, "ALL", (("X-Bad", "v"),), True),
        ({"all": {}}, "KEY", (("X-Bad", "v"),), True),
        ({"all": {}}, "VALUE", (("X-Bad", "v"),), False),
        ({"all": {}}, "VALUE", (("X", "Bad"),), True),
        ({"all": {}}, "KEY", (("X", "Bad"),), False),
        ({"includedHeaders": ["x-a"]}, "VALUE", (("X-A", "Bad"),), True),
        ({"includedHeaders": ["x-a"]}, "VALUE", (("X-B", "Bad"),), False),
        ({"excludedHeaders": ["x-a"]}, "VALUE", (("X-A", "Bad"),), False),
        ({"excludedHeaders": ["x-a"]}, "VALUE", (("X-B", "Bad"),), True),
    ],
)
def test_headers_are_chosen_by_pattern_and_scope(matches, pattern, scope, headers, expected):
    block = {"matchPattern": pattern, "matchScope": scope, "oversizeHandling": "CONTINUE"}
    assert matches(contains("Bad", {"headers": [block]}), headers=headers) is expected


@pytest.mark.parametrize(
    ("pattern", "cookie", "expected"),
    [
        ({"all": {}}, "a=1; b=Bad", True),
        ({"includedCookies": ["b"]}, "a=1; b=Bad", True),
        ({"includedCookies": ["B"]}, "a=1; b=Bad", False),
        ({"excludedCookies": ["b"]}, "a=1; b=Bad", False),
        ({"all": {}}, "Bad=1", False),
    ],
)
def test_cookies_are_chosen_by_their_exact_name(matches, pattern, cookie, expected):
    block = {"matchPatterns": [pattern], "matchScope": "VALUE", "oversizeHandling": "CONTINUE"}
    statement = contains("Bad", {"cookies": block})
    assert matches(statement, headers=(("Cookie", cookie),)) is expected


def json_body(pattern, scope="ALL", **properties):
    return {
        "jsonBody": {
            "matchPattern": pattern,
            "matchScope": scope,
            "oversizeHandling": "CONTINUE",
            **properties,
        }
    }


@pytest.mark.parametrize(
    ("pattern", "scope", "body", "expected"),
    [
        ({"all": {}}, "VALUE", b'{"a": {"b": ["x", "Bad"]}}', True),
        ({"all": {}}, "VALUE", b'{"Bad": 1}', False),
        ({"all": {}}, "KEY", b'{"a": {"Bad": 1}}', True),
        ({"all": {}}, "VALUE", b'{"a": "B\\u0061d"}', True),
        ({"all": {}}, "VALUE", b'{"a": "Bad", "a": 1}', True),
        ({"includedPaths": ["/a/b"]}, "VALUE", b'{"a": {"b": {"c": "Bad"}}}', True),
        ({"includedPaths": ["/a/b"]}, "VALUE", b'{"a": {"c": "Bad"}}', False),
        ({"includedPaths": ["/list/1"]}, "VALUE", b'{"list": ["x", "Bad"]}', True),
        ({"includedPaths": ["/a~1b/c~0d"]}, "VALUE", b'{"a/b": {"c~d": "Bad"}}', True),
        ({"all": {}}, "VALUE", b"", False),
    ],
)
def test_a_json_body_is_looked_at_element_by_element(matches, pattern, scope, body, expected):
    assert matches(contains("Bad", json_body(pattern, scope)), body=body) is expected


@pytest.mark.parametrize(
    ("fallback", "expected"),
    [("MATCH", True), ("NO_MATCH", False), ("EVALUATE_AS_STRING", True), (None, True)],
)
@pytest.mark.parametrize("body", [b'{"a": Bad', b'"Bad"', b"[" * 100_000 + b"Bad"])
def test_a_body_that_is_no_json_takes_the_fallback(matches, fallback, expected, body):
    field = json_body({"all": {}}, invalidFallbackBehavior=fallback)
    if len(body) > 1000 and fallback in {"EVALUATE_AS_STRING", None}:
        expected = False  # the word stands behind what is inspected
    assert matches(contains("Bad", field), body=body) is expected


@pytest.mark.parametrize(
    ("handling", "expected"), [("CONTINUE", False), ("MATCH", True), ("NO_MATCH", False)]
)
def test_a_body_over_16_kilobytes_follows_its_oversize_handling(matches, handling, expected):
    field = {"body": {"oversizeHandling": handling}}
    padding = b"." * 16 * 1024
    assert matches(contains("Bad", field), body=padding + b"Bad") is expected
    assert not matches(contains("Bad", field), body=padding)
    assert matches(contains("Bad", field), body=padding[:-3] + b"Bad")


@pytest.mark.parametrize(
    ("handling", "expected"), [("CONTINUE", False), ("MATCH", True), ("NO_MATCH", False)]
)
def test_more_headers_than_are_inspected_follow_the_oversize_handling(matches, handling, expected):
    block = {"matchPattern": {"all": {}}, "matchScope": "ALL", "oversizeHandling": handling}
    many = tuple((f"X-{n}", "v") for n in range(200))
    statement = contains("Bad", {"headers": [block]})
    assert matches(statement, headers=(*many, ("X-Last", "Bad"))) is expected
    assert matches(statement, headers=(("X-Bad", "v"), *many[:199]))
    large = (("X-Large", "v" * 8192), ("X-Last", "Bad"))
    assert matches(statement, headers=large) is expected


@pytest.mark.parametrize("field", UNSUPPORTED_FIELDS)
def test_an_unsupported_component_names_the_rule_and_itself(matches, field):
    with pytest.raises(UnsupportedError, match=rf"rule 'rule'.*{field}"):
        matches(contains("x", {field: {}}))


def test_the_components_are_those_that_the_provider_offers():
    field = outputs.WebAclRuleStatementByteMatchStatementFieldToMatch
    listed = (*SUPPORTED_FIELDS, *UNSUPPORTED_FIELDS)
    assert sorted(listed) == sorted(_types.output_type_types(field))


CHOSEN = {"matchScope": "ALL", "oversizeHandling": "CONTINUE"}


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({}, "one request component"),
        ({**PATH, **QUERY}, "one request component"),
        ({"body": {"oversizeHandling": "GUESS"}}, "GUESS"),
        (json_body({}), "neither all nor"),
        (json_body({"includedPaths": ["a"]}), "JSON pointer"),
        (json_body({"all": {}}, "SOME"), "matchScope SOME"),
        (json_body({"all": {}}, invalidFallbackBehavior="GUESS"), "GUESS"),
        ({"headers": [{"matchPattern": {}, **CHOSEN}]}, "selects nothing"),
        ({"cookies": {"matchPatterns": [], **CHOSEN}}, "must have one entry, but has 0"),
    ],
)
def test_a_component_that_is_not_possible_stops_the_start(matches, field, words):
    with pytest.raises(UnsupportedError, match=words):
        matches(contains("x", field))


def test_a_transformation_that_aws_does_not_have_stops_the_start(matches):
    with pytest.raises(UnsupportedError, match="ROT13"):
        matches(contains("x", PATH, "EXACTLY", [{"priority": 0, "type": "ROT13"}]))
