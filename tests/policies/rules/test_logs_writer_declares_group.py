"""A log group that AWS would make itself is refused."""

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("logs-writer-declares-group")


@CASES.bad("function", says="its log group is not declared")
def left_to_lambda():
    aws.lambda_.Function(
        "function", name="authorizer", role="arn:aws:iam::000000000000:role/authorizer"
    )


@CASES.good
def declared():
    aws.cloudwatch.LogGroup("log", name="/aws/lambda/authorizer", retention_in_days=30)
    aws.lambda_.Function(
        "function", name="authorizer", role="arn:aws:iam::000000000000:role/authorizer"
    )


@CASES.bad("function")
def group_of_another_function():
    aws.cloudwatch.LogGroup("log", name="/aws/lambda/other", retention_in_days=30)
    aws.lambda_.Function("function", name="authorizer", role="arn:aws:iam::000000000000:role/x")


@CASES.bad("function")
def group_that_is_nowhere():
    aws.lambda_.Function(
        "function",
        name="authorizer",
        role="arn:aws:iam::000000000000:role/x",
        logging_config={"log_format": "JSON", "log_group": "/somewhere/else"},
    )


@CASES.bad("stage", says="API-Gateway-Execution-Logs_")
def execution_log_left_to_api_gateway():
    api = apis.rest_api()
    apis.settings_of(api, apis.stage_of(api))


@CASES.good
def execution_log_declared():
    api = apis.rest_api()
    apis.settings_of(api, apis.stage_of(api))
    aws.cloudwatch.LogGroup(
        "log",
        name=pulumi.Output.concat("API-Gateway-Execution-Logs_", api.id, "/stage"),
        retention_in_days=30,
    )


@CASES.good
def group_passed_to_the_function():
    log = aws.cloudwatch.LogGroup("log", retention_in_days=30)
    aws.lambda_.Function(
        "function",
        role="arn:aws:iam::000000000000:role/x",
        logging_config={"log_format": "JSON", "log_group": log.name},
    )


@CASES.good
def group_named_after_the_function():
    function = aws.lambda_.Function("function", role="arn:aws:iam::000000000000:role/x")
    aws.cloudwatch.LogGroup(
        "log", name=pulumi.Output.concat("/aws/lambda/", function.name), retention_in_days=30
    )


@CASES.ignored
def stage_that_writes_none():
    apis.stage_of(apis.rest_api())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
