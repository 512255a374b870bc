"""A rule that only counts is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls
from tests.policies.cases import Cases

CASES = Cases("wafv2-acl-counts-nothing")


@CASES.bad("acl", says="rules[0] has the action Count")
def count():
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[
            {
                "name": "rate",
                "priority": 0,
                "action": {"count": {}},
                "statement": {"rate_based_statement": {"limit": 2000}},
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
def block():
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
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
            }
        ],
        visibility_config={
            "cloudwatch_metrics_enabled": True,
            "metric_name": "acl",
            "sampled_requests_enabled": False,
        },
    )


@CASES.bad("acl", says="rules[2]")
def managed_group_that_counts():
    acls.web_acl(
        [
            acls.outside(acls.partners()),
            acls.rate(),
            acls.managed(acls.GROUPS[0], 2, override_action={"count": {}}),
        ]
    )


@CASES.bad("acl", says="replaces a group rule's action")
def one_rule_of_a_group_that_counts():
    statement = {
        "managed_rule_group_statement": {
            "vendor_name": "AWS",
            "name": acls.GROUPS[1],
            "rule_action_overrides": [
                {"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}}
            ],
        }
    }
    acls.web_acl([acls.managed(acls.GROUPS[1], 0, statement=statement)])


@CASES.bad("acl")
def rule_json():
    acls.web_acl(rule_json=acls.rule_json(acls.arn_of("x"), Action={"Count": {}}))


@CASES.bad("acl")
def group_attached_as_a_resource():
    acl = acls.web_acl()
    aws.wafv2.WebAclRuleGroupAssociation(
        "more",
        web_acl_arn=acl.arn,
        rule_name="more",
        priority=50,
        override_action="count",
        managed_rule_group={"vendor_name": "AWS", "name": "AWSManagedRulesLinuxRuleSet"},
    )


@CASES.good
def count_that_labels_for_a_later_rule():
    acls.web_acl([acls.rate(action={"count": {}}, rule_labels=[{"name": "fast"}])])


@CASES.good
def complete():
    acls.web_acl()


@CASES.ignored
def an_ip_set_alone():
    acls.partners()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
