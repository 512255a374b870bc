"""An IP set that another stack holds is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls
from tests.policies.cases import Cases

CASES = Cases("wafv2-acl-declares-its-ip-sets")


@CASES.bad("acl", says="rules[0] references an IP set that this stack does not declare")
def held_by_another_stack():
    central = "arn:aws:wafv2:eu-central-1:000000000000:regional/ipset/central/1"
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
                    "not_statement": {"statement": {"ip_set_reference_statement": {"arn": central}}}
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
def declared_beside_it():
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


@CASES.bad("acl")
def one_of_two():
    foreign = {"ip_set_reference_statement": {"arn": acls.arn_of("central")}}
    own = {"ip_set_reference_statement": {"arn": acls.partners().arn}}
    both = {"not_statement": {"statement": {"or_statement": {"statements": [own, foreign]}}}}
    acls.web_acl([acls.outside(acls.partners("more"), statement=both)])


@CASES.bad("acl")
def rule_json():
    acls.web_acl(rule_json=acls.rule_json(acls.arn_of("central")))


@CASES.good
def complete():
    acls.web_acl()


@CASES.ignored
def a_web_acl_without_ip_sets():
    acls.web_acl([acls.rate()])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
