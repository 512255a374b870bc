"""Statements on one component: bytes, sizes, patterns, injection."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.waf.written import (
    ARGUMENTS,
    PATH,
    QUERY,
    contains,
    on,
)


@pytest.mark.parametrize(
    ("where", "text", "target", "expected"),
    [
        ("EXACTLY", "/pets", "/pets", True),
        ("EXACTLY", "/pets", "/pets/", False),
        ("EXACTLY", "/pets", "/Pets", False),
        ("STARTS_WITH", "/admin", "/admin/users", True),
        ("STARTS_WITH", "/admin", "/x/admin", False),
        ("ENDS_WITH", ".php", "/index.php", True),
        ("ENDS_WITH", ".php", "/index.php5", False),
        ("CONTAINS", "adm", "/x/admin", True),
        ("CONTAINS", "root", "/x/admin", False),
        ("CONTAINS_WORD", "admin", "/admin", True),
        ("CONTAINS_WORD", "admin", "/x-admin-y", True),
        ("CONTAINS_WORD", "admin", "/admins/admin", True),
        ("CONTAINS_WORD", "admin", "/administrator", False),
        ("CONTAINS_WORD", "admin", "/x_admin", False),
    ],
)
def test_a_byte_match_searches_at_its_positional_constraint(matches, where, text, target, expected):
    assert matches(contains(text, PATH, where), target) is expected


def test_a_component_that_is_not_there_does_not_match_and_its_negation_does(matches):
    no_agent = on(
        "sizeConstraintStatement",
        {"singleHeader": {"name": "user-agent"}},
        comparisonOperator="GE",
        size=0,
    )
    assert not matches(no_agent)
    assert matches({"notStatement": {"statement": no_agent}})


@pytest.mark.parametrize(
    ("operator", "sizes"),
    [("EQ", {5}), ("NE", {4, 6}), ("LE", {4, 5}), ("LT", {4}), ("GE", {5, 6}), ("GT", {6})],
)
def test_sizes_compare_as_their_operator_says(matches, operator, sizes):
    statement = on("sizeConstraintStatement", QUERY, comparisonOperator=operator, size=5.0)
    assert {n for n in (4, 5, 6) if matches(statement, "/?" + "x" * n)} == sizes


def test_a_pattern_set_matches_where_any_of_its_patterns_does(good, matches):
    arn = "arn:aws:wafv2:eu-central-1:111122223333:regional/regexpatternset/bad/1"
    good.add(
        "patterns",
        "aws:wafv2/regexPatternSet:RegexPatternSet",
        arn=arn,
        regularExpressions=[{"regexString": "^/admin"}, {"regexString": r"\.php$"}],
    )
    statement = on("regexPatternSetReferenceStatement", PATH, arn=arn)
    assert matches(statement, "/index.php")
    assert matches(statement, "/admin/x")
    assert not matches(statement, "/pets")


@pytest.mark.parametrize(
    "value", ["1' OR '1'='1", "1 UNION SELECT name FROM users", "x'; DROP TABLE pets--"]
)
def test_sql_injection_is_found_after_decoding(matches, value):
    encoded = "/?q=" + "".join(f"%{b:02x}" for b in value.encode())
    decoded = [{"priority": 0, "type": "URL_DECODE"}]
    assert matches(on("sqliMatchStatement", ARGUMENTS, decoded), encoded)
    assert not matches(on("sqliMatchStatement", ARGUMENTS), encoded)


def test_high_sensitivity_finds_more(matches):
    target = "/?q=select name from users"
    assert not matches(on("sqliMatchStatement", ARGUMENTS), target)
    assert matches(on("sqliMatchStatement", ARGUMENTS, sensitivityLevel="HIGH"), target)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (contains("x", PATH, "SOMEWHERE"), "SOMEWHERE"),
        (on("sizeConstraintStatement", PATH, comparisonOperator="IN", size=1), "IN"),
        (on("sqliMatchStatement", PATH, sensitivityLevel="MEDIUM"), "MEDIUM"),
        (on("regexPatternSetReferenceStatement", PATH, arn="arn:gone"), "arn:gone"),
        ({"xssMatchStatement": {"surprise": 1, "fieldToMatch": PATH}}, "surprise"),
    ],
)
def test_a_match_that_is_not_possible_stops_the_start(matches, statement, words):
    with pytest.raises(UnsupportedError, match=words):
        matches(statement)
