"""A web ACL without metrics is refused."""

import json

import pytest

from tests.policies import acls
from tests.policies.cases import Cases

CASES = Cases("wafv2-acl-measures")
SILENT = acls.VISIBILITY | {"cloudwatch_metrics_enabled": False}


@CASES.bad("acl", says="visibilityConfig.cloudwatchMetricsEnabled is not true")
def without_metrics():
    acls.web_acl(visibility_config=SILENT)


@CASES.good
def with_metrics():
    acls.web_acl()


@CASES.bad("acl", says="has no metric")
def a_rule_without_a_metric():
    acls.web_acl([acls.outside(acls.partners()), acls.rate(visibility_config=SILENT)])


@CASES.bad("acl", says="ruleJson[1] has no metric")
def rule_json():
    rules = json.loads(acls.rule_json(acls.arn_of("partners")))
    rules[1]["VisibilityConfig"]["CloudWatchMetricsEnabled"] = False
    acls.web_acl(rule_json=json.dumps(rules))


@CASES.ignored
def an_ip_set_alone():
    acls.partners()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
