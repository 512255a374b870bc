"""A web ACL without the managed groups is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls
from tests.policies.cases import Cases

CASES = Cases("wafv2-acl-uses-managed-groups")


@CASES.bad("acl", says="does not use the managed rule group AWSManagedRulesCommonRuleSet")
def one_group():
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[
            {
                "name": "reputation",
                "priority": 0,
                "override_action": {"none": {}},
                "statement": {
                    "managed_rule_group_statement": {
                        "vendor_name": "AWS",
                        "name": "AWSManagedRulesAmazonIpReputationList",
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
def all_four_groups():
    groups = (
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    )
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[
            {
                "name": group,
                "priority": priority,
                "override_action": {"none": {}},
                "statement": {
                    "managed_rule_group_statement": {"vendor_name": "AWS", "name": group}
                },
                "visibility_config": {
                    "cloudwatch_metrics_enabled": True,
                    "metric_name": group,
                    "sampled_requests_enabled": False,
                },
            }
            for priority, group in enumerate(groups)
        ],
        visibility_config={
            "cloudwatch_metrics_enabled": True,
            "metric_name": "acl",
            "sampled_requests_enabled": False,
        },
    )


@CASES.bad("acl")
def groups_that_count():
    acls.web_acl(acls.all_managed(override_action={"count": {}}))


@CASES.bad("acl", says="SQLi")
def group_on_one_path_only():
    path = {
        "byte_match_statement": {
            "positional_constraint": "STARTS_WITH",
            "search_string": "/login",
            "field_to_match": {"uri_path": {}},
            "text_transformations": [{"priority": 0, "type": "NONE"}],
        }
    }
    group = {"vendor_name": "AWS", "name": acls.GROUPS[3], "scope_down_statement": path}
    narrow = acls.managed(acls.GROUPS[3], 9, statement={"managed_rule_group_statement": group})
    acls.web_acl([*acls.all_managed()[:3], narrow])


@CASES.bad("acl")
def another_vendors_group_of_that_name():
    group = {"vendor_name": "Somebody", "name": acls.GROUPS[3]}
    foreign = acls.managed(acls.GROUPS[3], 9, statement={"managed_rule_group_statement": group})
    acls.web_acl([*acls.all_managed()[:3], foreign])


@CASES.passes(config={"wafv2-acl-uses-managed-groups": {"groups": []}})
def none_where_the_pack_is_configured_to():
    acls.web_acl([acls.rate()])


@CASES.good
def rule_json():
    acls.web_acl(rule_json=acls.rule_json(acls.arn_of("x")))


@CASES.good
def groups_attached_as_resources():
    acl = acls.web_acl([acls.outside(acls.partners())])
    for priority, name in enumerate(acls.GROUPS, start=10):
        aws.wafv2.WebAclRuleGroupAssociation(
            name,
            web_acl_arn=acl.arn,
            rule_name=name,
            priority=priority,
            override_action="none",
            managed_rule_group={"vendor_name": "AWS", "name": name},
        )


@CASES.ignored
def an_ip_set_alone():
    acls.partners()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
