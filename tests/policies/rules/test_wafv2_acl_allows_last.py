"""A rule behind one that allows is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls
from tests.policies.cases import Cases

CASES = Cases("wafv2-acl-allows-last")


@CASES.bad("acl", says="rules[0] allows before rules[1] is evaluated")
def allow_first():
    partners = aws.wafv2.IpSet(
        "partners", scope="REGIONAL", ip_address_version="IPV4", addresses=["203.0.113.0/24"]
    )
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"block": {}},
        rules=[
            {
                "name": "partners",
                "priority": 0,
                "action": {"allow": {}},
                "statement": {"ip_set_reference_statement": {"arn": partners.arn}},
                "visibility_config": {
                    "cloudwatch_metrics_enabled": True,
                    "metric_name": "rule",
                    "sampled_requests_enabled": False,
                },
            },
            {
                "name": "rate",
                "priority": 1,
                "action": {"block": {}},
                "statement": {"rate_based_statement": {"limit": 2000}},
                "visibility_config": {
                    "cloudwatch_metrics_enabled": True,
                    "metric_name": "rule",
                    "sampled_requests_enabled": False,
                },
            },
        ],
        visibility_config={
            "cloudwatch_metrics_enabled": True,
            "metric_name": "acl",
            "sampled_requests_enabled": False,
        },
    )


@CASES.good
def allow_last():
    partners = aws.wafv2.IpSet(
        "partners", scope="REGIONAL", ip_address_version="IPV4", addresses=["203.0.113.0/24"]
    )
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"block": {}},
        rules=[
            {
                "name": "rate",
                "priority": 0,
                "action": {"block": {}},
                "statement": {"rate_based_statement": {"limit": 2000}},
                "visibility_config": {
                    "cloudwatch_metrics_enabled": True,
                    "metric_name": "rule",
                    "sampled_requests_enabled": False,
                },
            },
            {
                "name": "partners",
                "priority": 1,
                "action": {"allow": {}},
                "statement": {"ip_set_reference_statement": {"arn": partners.arn}},
                "visibility_config": {
                    "cloudwatch_metrics_enabled": True,
                    "metric_name": "rule",
                    "sampled_requests_enabled": False,
                },
            },
        ],
        visibility_config={
            "cloudwatch_metrics_enabled": True,
            "metric_name": "acl",
            "sampled_requests_enabled": False,
        },
    )


@CASES.bad("acl")
def order_is_by_priority_and_not_by_place():
    acls.web_acl([acls.rate(priority=7), acls.inside(acls.partners(), priority=3)])


@CASES.good
def nothing_allowed_at_all():
    acls.web_acl()


@CASES.ignored
def an_ip_set_alone():
    acls.partners()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
