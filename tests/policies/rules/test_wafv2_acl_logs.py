"""A web ACL that keeps no log is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls
from tests.policies.cases import Cases

CASES = Cases("wafv2-acl-logs")


@CASES.bad("acl", says="no WebAclLoggingConfiguration")
def without_a_log():
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"block": {}},
        visibility_config={
            "cloudwatch_metrics_enabled": True,
            "metric_name": "acl",
            "sampled_requests_enabled": False,
        },
    )


@CASES.good
def with_a_log():
    acl = aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"block": {}},
        visibility_config={
            "cloudwatch_metrics_enabled": True,
            "metric_name": "acl",
            "sampled_requests_enabled": False,
        },
    )
    log = aws.cloudwatch.LogGroup("log", name="aws-waf-logs-acl", retention_in_days=30)
    aws.wafv2.WebAclLoggingConfiguration(
        "acl-log", resource_arn=acl.arn, log_destination_configs=[log.arn]
    )


@CASES.bad("acl", says="loggingFilter of acl-log has")
def filter_that_drops():
    acls.logged(
        acls.web_acl(),
        logging_filter={
            "default_behavior": "DROP",
            "filters": [
                {
                    "behavior": "KEEP",
                    "requirement": "MEETS_ANY",
                    "conditions": [{"action_condition": {"action": "COUNT"}}],
                }
            ],
        },
    )


@CASES.bad("acl")
def log_without_a_destination():
    acls.logged(acls.web_acl(), log_destination_configs=[])


@CASES.ignored
def an_ip_set_alone():
    acls.partners()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
