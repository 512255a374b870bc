"""An API that answers on execute-api is refused."""

import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("apigateway-api-disables-default-endpoint")


@CASES.bad("api", says="execute-api host is a way around")
def left_open():
    aws.apigateway.RestApi("api")


@CASES.good
def disabled():
    aws.apigateway.RestApi("api", disable_execute_api_endpoint=True)


@CASES.bad("api")
def switched_on():
    aws.apigateway.RestApi("api", disable_execute_api_endpoint=False)


@CASES.bad("api")
def http_api_left_open():
    aws.apigatewayv2.Api("api", protocol_type="HTTP")


@CASES.bad("second")
def one_of_two():
    aws.apigateway.RestApi("api", disable_execute_api_endpoint=True)
    aws.apigateway.RestApi("second", disable_execute_api_endpoint=False)


@CASES.ignored
def something_else():
    aws.s3.Bucket("assets", bucket="assets")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
