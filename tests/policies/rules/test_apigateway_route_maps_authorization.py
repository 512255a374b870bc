"""A route that forwards the caller's Authorization is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-route-maps-authorization")


@CASES.bad("api", says="GET /pets does not overwrite the caller's Authorization")
def not_mapped():
    document = {
        "openapi": "3.0.1",
        "paths": {
            "/pets": {
                "get": {
                    "x-amazon-apigateway-integration": {
                        "type": "http_proxy",
                        "httpMethod": "GET",
                        "uri": "https://backend.example.com/pets",
                    }
                }
            }
        },
    }
    aws.apigateway.RestApi("api", body=json.dumps(document))


@CASES.good
def mapped_from_the_authorizer():
    document = {
        "openapi": "3.0.1",
        "paths": {
            "/pets": {
                "get": {
                    "x-amazon-apigateway-integration": {
                        "type": "http_proxy",
                        "httpMethod": "GET",
                        "uri": "https://backend.example.com/pets",
                        "requestParameters": {
                            "integration.request.header.Authorization": (
                                "context.authorizer.authorization"
                            )
                        },
                    }
                }
            }
        },
    }
    aws.apigateway.RestApi("api", body=json.dumps(document))


@CASES.bad("api", says="does not set Authorization from the authorizer's context")
def mapped_from_the_caller():
    apis.rest_api(
        (
            f"{apis.PROXY} requestParameters",
            {"integration.request.header.Authorization": "method.request.header.Authorization"},
        )
    )


@CASES.bad("api")
def mapped_to_another_header():
    apis.rest_api(
        (
            f"{apis.PROXY} requestParameters",
            {"integration.request.header.X-Token": "context.authorizer.authorization"},
        )
    )


@CASES.bad("api")
def mapped_twice_in_two_spellings():
    apis.rest_api(
        (
            f"{apis.PROXY} requestParameters",
            {
                "integration.request.header.Authorization": "context.authorizer.authorization",
                "integration.request.header.authorization": "method.request.header.authorization",
            },
        )
    )


@CASES.bad("api")
def static_value():
    apis.rest_api(
        (
            f"{apis.PROXY} requestParameters",
            {"integration.request.header.Authorization": "'Bearer always-the-same'"},
        )
    )


@CASES.bad("get-pets")
def method_not_mapped():
    apis.method_api(integration={"request_parameters": None})


@CASES.bad("get-pets", says="no integration in this stack")
def method_without_an_integration():
    apis.method_api(with_integration=False)


@CASES.bad("get-pets")
def http_api_that_appends():
    apis.http_api(
        integration={
            "request_parameters": {
                "append:header.Authorization": "$context.authorizer.authorization"
            }
        }
    )


@CASES.good
def methods():
    apis.method_api()


@CASES.good
def http_api():
    apis.http_api()


@CASES.ignored
def mock_route():
    apis.rest_api(("paths /health", {"get": {"x-amazon-apigateway-integration": apis.MOCK}}))


FUNCTION = (
    (f"{apis.PROXY} type", "aws_proxy"),
    (f"{apis.PROXY} uri", apis.AUTHORIZER_URI),
)


@CASES.good
def a_function_reads_the_request_context():
    apis.rest_api(*FUNCTION, (f"{apis.PROXY} requestParameters", {}))


@CASES.bad("api", says="mappings have no effect")
def a_function_whose_header_mapping_has_no_effect():
    apis.rest_api(*FUNCTION)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
