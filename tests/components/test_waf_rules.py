"""The web ACL's rules: order, rate limit, managed groups, and the answer to a blocked call."""

import pytest

from components.waf_rules import RateLimit, rules

GROUPS = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet")
V4, V6 = "arn:ip-set-4", "arn:ip-set-6"


def built(**changes):
    return rules(
        **{
            "prefix": "portcullis-dev",
            "allowed_ip_set_arns": [V4, V6],
            "rate_limit": RateLimit(calls=2000, window_seconds=300),
            "managed_rule_groups": GROUPS,
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
