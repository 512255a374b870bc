"""A rule that believes X-Forwarded-For is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls
from tests.policies.cases import Cases

CASES = Cases("wafv2-rule-ignores-forwarded-ip")


@CASES.bad("acl", says="rules[0] uses an address from a header that the caller controls")
def forwarded():
    partners = aws.wafv2.IpSet(
        "partners", scope="REGIONAL", ip_address_version="IPV4", addresses=["203.0.113.0/24"]
    )
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[
            {
                "name": "strangers",
                "priority": 0,
                "action": {"block": {}},
                "statement": {
                    "not_statement": {
                        "statement": {
                            "ip_set_reference_statement": {
                                "arn": partners.arn,
                                "ip_set_forwarded_ip_config": {
                                    "header_name": "X-Forwarded-For",
                                    "fallback_behavior": "MATCH",
                                    "position": "FIRST",
                                },
                            }
                        }
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


@CASES.good
def the_connections_own_address():
    partners = aws.wafv2.IpSet(
        "partners", scope="REGIONAL", ip_address_version="IPV4", addresses=["203.0.113.0/24"]
    )
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[
            {
                "name": "strangers",
                "priority": 0,
                "action": {"block": {}},
                "statement": {
                    "not_statement": {
                        "statement": {"ip_set_reference_statement": {"arn": partners.arn}}
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


@CASES.bad("acl", says="rules[0]")
def rate_by_a_forwarded_address():
    limit = {
        "limit": 2000,
        "aggregate_key_type": "FORWARDED_IP",
        "forwarded_ip_config": {"header_name": "X-Forwarded-For", "fallback_behavior": "MATCH"},
    }
    acls.web_acl([acls.rate(statement={"rate_based_statement": limit})])


@CASES.ignored
def an_ip_set_alone():
    acls.partners()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
