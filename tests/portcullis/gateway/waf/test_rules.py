"""Rules: what follows a match, and rules that cannot be evaluated."""

import copy

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.waf.written import (
    ALLOWED,
    COMMON,
    contains,
    group_rule,
    labelled,
    managed,
    on,
    path_is,
    rule,
)


def test_counting_goes_on_to_the_next_rule(web_acl, request_of):
    verdict = web_acl(rule("pet", 1, "count"), rule("pets", 2)).evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.rule, verdict.counted) == (False, "pets", ("pet",))


def test_labels_and_headers_stay_behind_a_match_and_nothing_behind_a_miss(web_acl, request_of):
    acl = web_acl(rule("pets", 1, "count", ruleLabels=[{"name": "team:pets"}]))
    prefix = "awswaf:111122223333:webacl:shield:"
    assert acl.evaluate(request_of("/pets")).labels == (f"{prefix}team:pets",)
    assert acl.evaluate(request_of("/dogs")).labels == ()


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([rule("a", 1), rule("b", 1)], "priority 1"),
        ([{**rule("a", 1), "action": None}], "no action"),
        ([{**rule("a", 1), "statement": None}], "no statement"),
        ([{**rule("a", 1), "name": ""}], "no name"),
        ([rule("a", 1, surprise=1)], "surprise"),
    ],
)
def test_rules_that_cannot_be_evaluated_stop_the_start(web_acl, rules, words):
    with pytest.raises(UnsupportedError, match=words):
        web_acl(*rules)


FORWARDED = {"headerName": "X-F", "fallbackBehavior": "MATCH"}
CHOSEN = {"matchScope": "ALL", "oversizeHandling": "CONTINUE"}
FIELDS = [
    {"method": {}},
    {"uriPath": {}},
    {"queryString": {}},
    {"allQueryArguments": {}},
    {"singleHeader": {"name": "a"}},
    {"singleQueryArgument": {"name": "a"}},
    {"body": {"oversizeHandling": "CONTINUE"}},
    {"headers": [{"matchPattern": {"includedHeaders": ["a"]}, **CHOSEN}]},
    {"cookies": {"matchPatterns": [{"excludedCookies": ["a"]}], **CHOSEN}},
    {"jsonBody": {"matchPattern": {"includedPaths": ["/a"]}, **CHOSEN}},
]
STATEMENTS = [
    *(contains("x", field) for field in FIELDS),
    {"orStatement": {"statements": [path_is("a"), {"notStatement": {"statement": path_is("b")}}]}},
    {"andStatement": {"statements": [path_is("a"), path_is("b")]}},
    {"ipSetReferenceStatement": {"arn": ALLOWED}},
    {
        "ipSetReferenceStatement": {
            "arn": ALLOWED,
            "ipSetForwardedIpConfig": {**FORWARDED, "position": "ANY"},
        }
    },
    {
        "rateBasedStatement": {
            "limit": 10,
            "aggregateKeyType": "FORWARDED_IP",
            "forwardedIpConfig": FORWARDED,
            "scopeDownStatement": path_is("a"),
        }
    },
    on("regexMatchStatement", {"uriPath": {}}, regexString="a"),
    on("sizeConstraintStatement", {"uriPath": {}}, comparisonOperator="GT", size=1),
    on("sqliMatchStatement", {"uriPath": {}}),
    on("xssMatchStatement", {"uriPath": {}}),
    labelled("a"),
]
ACTIONS = [
    {"block": {}},
    {"block": {"customResponse": {"responseCode": 403, "responseHeaders": [
        {"name": "a", "value": "b"}]}}},
    {"count": {"customRequestHandling": {"insertHeaders": [{"name": "a", "value": "b"}]}}},
]  # fmt: skip
OVERRIDES = {
    "ruleActionOverrides": [{"name": "NoUserAgent_HEADER", "actionToUse": {"count": {}}}],
    "excludedRules": [{"name": "SizeRestrictions_BODY"}],
    "scopeDownStatement": path_is("a"),
}
WRITTEN = [
    *(rule("r", 1, "count", statement) for statement in STATEMENTS),
    *(rule("r", 1, action, ruleLabels=[{"name": "l"}]) for action in ACTIONS),
    group_rule("r", 1, managed(COMMON, **OVERRIDES)),
]


def with_another_property(written):
    """The rule once for each object in it, with a property more in that object."""
    left = [()]
    while left:
        path = left.pop()
        found = written
        for step in path:
            found = found[step]
        if isinstance(found, dict):
            changed = copy.deepcopy(written)
            place = changed
            for step in path:
                place = place[step]
            place["another"] = 1
            yield path, changed
            left += [(*path, key) for key in found]
        elif isinstance(found, list):
            left += [(*path, index) for index in range(len(found))]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_property_that_is_not_read_stops_the_start_wherever_it_is(web_acl, written):
    web_acl(written)
    for _path, changed in with_another_property(written):  # shown where the test fails
        with pytest.raises(UnsupportedError):
            web_acl(changed)
