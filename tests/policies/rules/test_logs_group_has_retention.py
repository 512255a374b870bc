"""A log group that keeps its lines for ever is refused."""

import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("logs-group-has-retention")


@CASES.bad("log", says="never expire")
def for_ever():
    aws.cloudwatch.LogGroup("log", name="/aws/lambda/authorizer")


@CASES.good
def for_a_month():
    aws.cloudwatch.LogGroup("log", name="/aws/lambda/authorizer", retention_in_days=30)


@CASES.bad("log")
def zero_means_for_ever():
    aws.cloudwatch.LogGroup("log", retention_in_days=0)


@CASES.bad("log", says="not between 7 and 3653")
def for_a_day():
    aws.cloudwatch.LogGroup("log", retention_in_days=1)


@CASES.bad("log", config={"logs-group-has-retention": {"minimumDays": 90}})
def shorter_than_the_pack_is_configured_to():
    aws.cloudwatch.LogGroup("log", retention_in_days=30)


@CASES.ignored
def something_else():
    aws.s3.Bucket("assets", bucket="assets")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
