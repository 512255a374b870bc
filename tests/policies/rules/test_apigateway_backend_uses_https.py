"""A backend that is called in the clear is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-backend-uses-https")


@CASES.bad("get-pets-route", says="calls its backend over plain HTTP")
def plain_http():
    api = aws.apigateway.RestApi("api")
    method = aws.apigateway.Method(
        "get-pets-route",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method="GET",
        authorization="NONE",
    )
    aws.apigateway.Integration(
        "get-pets-backend",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method=method.http_method,
        type="HTTP_PROXY",
        uri="http://backend.example.com/pets",
    )


@CASES.good
def https():
    api = aws.apigateway.RestApi("api")
    method = aws.apigateway.Method(
        "get-pets-route",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method="GET",
        authorization="NONE",
    )
    aws.apigateway.Integration(
        "get-pets-backend",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method=method.http_method,
        type="HTTP_PROXY",
        uri="https://backend.example.com/pets",
    )


@CASES.bad("api", says="GET /pets")
def plain_http_in_a_body():
    apis.rest_api((f"{apis.PROXY} uri", "http://backend.example.com/pets"))


@CASES.bad("api")
def host_that_only_begins_like_loopback():
    apis.rest_api((f"{apis.PROXY} uri", "http://localhost.example.com/pets"))


@CASES.bad("api")
def scheme_from_a_stage_variable():
    apis.rest_api((f"{apis.PROXY} uri", "${stageVariables.backend}/pets"))


@CASES.bad("get-pets")
def http_api():
    apis.http_api(integration={"integration_uri": "http://backend.example.com"})


@CASES.good
def loopback_never_leaves_the_machine():
    apis.rest_api((f"{apis.PROXY} uri", "http://127.0.0.1:8081/pets"))


@CASES.ignored
def lambda_integration():
    apis.rest_api((f"{apis.PROXY} type", "aws_proxy"), (f"{apis.PROXY} uri", apis.AUTHORIZER_URI))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
