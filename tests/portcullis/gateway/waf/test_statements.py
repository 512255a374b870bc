"""Statements: how they combine, and kinds that are not emulated."""

import pytest
from pulumi import _types
from pulumi_aws.wafv2 import outputs

from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.rules import GROUP_STATEMENTS
from portcullis.gateway.waf.statements import SUPPORTED_STATEMENTS, UNSUPPORTED_STATEMENTS
from tests.portcullis.gateway.waf.written import (
    PATH,
    contains,
)

A, B = contains("a", PATH), contains("b", PATH)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"andStatement": {"statements": [A, B]}}, {"/ab"}),
        ({"orStatement": {"statements": [A, B]}}, {"/a", "/b", "/ab"}),
        ({"notStatement": {"statement": A}}, {"/b", "/"}),
        ({"notStatement": {"statements": [A]}}, {"/b", "/"}),
        (
            {"andStatement": {"statements": [A, {"notStatement": {"statement": B}}]}},
            {"/a"},
        ),
    ],
    ids=["and", "or", "not", "not as a list", "nested"],
)
def test_statements_combine(matches, statement, expected):
    assert {t for t in ("/a", "/b", "/ab", "/") if matches(statement, t)} == expected


@pytest.mark.parametrize("kind", UNSUPPORTED_STATEMENTS)
def test_an_unsupported_statement_names_the_rule_and_itself(matches, kind):
    with pytest.raises(UnsupportedError, match=rf"rule 'rule'.*{kind}"):
        matches({kind: {"countryCodes": ["DE"]}})


def test_the_kinds_are_those_that_the_provider_offers():
    listed = (*SUPPORTED_STATEMENTS, *UNSUPPORTED_STATEMENTS, *GROUP_STATEMENTS)
    assert sorted(listed) == sorted(_types.output_type_types(outputs.WebAclRuleStatement))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({}, "none"),
        ({**A, **{"notStatement": {"statement": B}}}, "one kind"),
        ({"andStatement": {"statements": [A]}}, "at least two"),
        ({"notStatement": {"statements": [A, B]}}, "exactly one"),
        ({"notStatement": {"statement": {"geoMatchStatement": {}}}}, "geoMatchStatement"),
        (
            {"notStatement": {"statement": {"rateBasedStatement": {"limit": 100}}}},
            "inside another",
        ),
    ],
)
def test_a_statement_that_cannot_be_evaluated_stops_the_start(matches, statement, words):
    with pytest.raises(UnsupportedError, match=words):
        matches(statement)
