"""The web ACL's rules: order, rate limit, managed groups, and the answer to a blocked call."""

import re

import pytest

from components.waf_exceptions import ExceptedRoutes
from components.waf_rules import RateLimit, forbidden, rules
from portcullis.managed_rules import BODY_SIZE

GROUPS = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet")
V4, V6 = "arn:ip-set-4", "arn:ip-set-6"


def built(**changes):
    return rules(
        **{
            "prefix": "portcullis-dev",
            "allowed_ip_set_arns": [V4, V6],
            "rate_limit": RateLimit(calls=2000, window_seconds=300),
            "managed_rule_groups": GROUPS,
            "exceptions": {},
            **changes,
        }
    )


def test_the_order_is_allow_list_rate_limit_managed_groups():
    assert [rule["name"] for rule in built()] == ["not-in-allow-list", "rate-limit", *GROUPS]
    assert [rule["priority"] for rule in built()] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("arns", "statement"),
    [
        ([V4], {"ip_set_reference_statement": {"arn": V4}}),
        (
            [V4, V6],
            {
                "or_statement": {
                    "statements": [
                        {"ip_set_reference_statement": {"arn": V4}},
                        {"ip_set_reference_statement": {"arn": V6}},
                    ]
                }
            },
        ),
    ],
    ids=["one family", "both families"],
)
def test_the_first_rule_blocks_addresses_outside_the_ip_sets(arns, statement):
    first = built(allowed_ip_set_arns=arns)[0]
    assert first["statement"] == {"not_statement": {"statement": statement}}
    assert "block" in first["action"]


def test_the_rate_counts_per_source_address_and_window():
    rule = built(rate_limit=RateLimit(calls=300, window_seconds=60))[1]
    assert rule["statement"]["rate_based_statement"] == {
        "aggregate_key_type": "IP",
        "limit": 300,
        "evaluation_window_sec": 60,
    }
    assert "block" in rule["action"]


def test_managed_groups_keep_their_own_blocking_actions():
    for rule in built()[2:]:
        assert rule["override_action"] == {"none": {}}
        assert rule["statement"]["managed_rule_group_statement"] == {
            "vendor_name": "AWS",
            "name": rule["name"],
        }


EXCEPTED = {BODY_SIZE: ExceptedRoutes(routes=["PUT /documents/{id}", "POST /"], reason="PDF")}


def test_a_rule_with_exceptions_counts_and_a_rule_after_the_groups_blocks_elsewhere():
    *_, common, sql, last = built(exceptions=EXCEPTED)
    statement = common["statement"]["managed_rule_group_statement"]
    assert statement["rule_action_overrides"] == [
        {"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}}
    ]
    assert "rule_action_overrides" not in sql["statement"]["managed_rule_group_statement"]
    assert (last["name"], last["priority"]) == ("SizeRestrictions_BODY-elsewhere", 4)
    assert last["action"] == forbidden()


@pytest.mark.parametrize(
    ("path", "matched", "other"),
    [
        ("/", ["/"], ["/notes", "/?", "//"]),
        ("/notes", ["/notes", "/notes/"], ["/notes/1", "/x/notes", "/notesx", "/Notes"]),
        ("/notes/{id}", ["/notes/1", "/notes/a%2fb/"], ["/notes/", "/notes/1/x", "/notes//x"]),
        ("/a.b/{x}/$c", ["/a.b/1/$c"], ["/aXb/1/$c", "/a.b/1/$cc"]),
    ],
)
def test_a_route_is_matched_as_api_gateway_matches_it(path, matched, other):
    excepted = {BODY_SIZE: ExceptedRoutes(routes=[f"PUT {path}"], reason="x")}
    _, outside = built(exceptions=excepted)[-1]["statement"]["and_statement"]["statements"]
    method, on_path = outside["not_statement"]["statement"]["and_statement"]["statements"]
    assert method["byte_match_statement"]["search_string"] == "PUT"
    expression = on_path["regex_match_statement"]["regex_string"]
    assert [bool(re.search(expression, one)) for one in matched] == [True] * len(matched)
    assert not any(re.search(expression, one) for one in other)
