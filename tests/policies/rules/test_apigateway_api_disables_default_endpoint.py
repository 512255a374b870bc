"""An API that answers on execute-api is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-api-disables-default-endpoint")


@CASES.bad("api", says="callers can reach the execute-api endpoint")
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


@CASES.bad("api", says="servers[0][x-amazon-apigateway-endpoint-configuration]")
def opened_again_by_the_document():
    extension = {"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": False}}
    apis.rest_api(("servers", [{"url": "https://api.example.com", **extension}]))


@CASES.bad("put")
def opened_again_by_a_later_import():
    extension = {"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": False}}
    document = {"swagger": "2.0", "paths": {}, **extension}
    aws.apigateway.RestApiPut("put", rest_api_id="abc123", body=json.dumps(document))


@CASES.good
def a_document_that_says_nothing_about_it():
    apis.rest_api()


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
