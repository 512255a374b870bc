"""A web ACL without a rate limit is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls
from tests.policies.cases import Cases

CASES = Cases("wafv2-acl-limits-rate")


@CASES.bad("acl", says="no rate-based rule without a scope-down statement blocks")
def without_a_limit():
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[],
        visibility_config={
            "cloudwatch_metrics_enabled": True,
            "metric_name": "acl",
            "sampled_requests_enabled": False,
        },
    )


@CASES.good
def with_a_limit():
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[
            {
                "name": "rate",
                "priority": 0,
                "action": {"block": {}},
                "statement": {
                    "rate_based_statement": {
                        "limit": 2000,
                        "evaluation_window_sec": 300,
                        "aggregate_key_type": "IP",
                    }
                },
                "visibility_config": {
                    "cloudwatch_metrics_enabled": True,
                    "metric_name": "rule",
                    "sampled_requests_enabled": False,
                },
            }
        ],
        visibility_config={
            "cloudwatch_metrics_enabled": True,
            "metric_name": "acl",
            "sampled_requests_enabled": False,
        },
    )


@CASES.bad("acl")
def counted_only():
    acls.web_acl([acls.rate(action={"count": {}})])


@CASES.bad("acl")
def on_one_path_only():
    path = {
        "byte_match_statement": {
            "positional_constraint": "STARTS_WITH",
            "search_string": "/login",
            "field_to_match": {"uri_path": {}},
            "text_transformations": [{"priority": 0, "type": "NONE"}],
        }
    }
    limit = {"limit": 2000, "aggregate_key_type": "IP", "scope_down_statement": path}
    acls.web_acl([acls.rate(statement={"rate_based_statement": limit})])


@CASES.bad("acl", says="above 10000 requests")
def so_high_that_it_never_holds():
    limit = {"limit": 1_000_000, "aggregate_key_type": "IP"}
    acls.web_acl([acls.rate(statement={"rate_based_statement": limit})])


@CASES.bad("acl")
def high_in_a_short_window():
    limit = {"limit": 2500, "evaluation_window_sec": 60, "aggregate_key_type": "IP"}
    acls.web_acl([acls.rate(statement={"rate_based_statement": limit})])


@CASES.bad("acl", config={"wafv2-acl-limits-rate": {"maximumPerFiveMinutes": 100}})
def above_what_the_pack_is_configured_to():
    acls.web_acl()


@CASES.bad("acl")
def by_a_header_that_the_caller_chooses():
    limit = {"limit": 2000, "aggregate_key_type": "CUSTOM_KEYS"}
    acls.web_acl([acls.rate(statement={"rate_based_statement": limit})])


@CASES.good
def rule_json():
    acls.web_acl(rule_json=acls.rule_json(acls.arn_of("x")))


@CASES.ignored
def an_ip_set_alone():
    acls.partners()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
