"""A route without a request validator is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-route-validates-requests")


@CASES.bad("api", says="GET /pets has no request validator")
def without_a_validator():
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
def with_a_validator():
    document = {
        "openapi": "3.0.1",
        "x-amazon-apigateway-request-validators": {
            "everything": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-request-validator": "everything",
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


@CASES.bad("api")
def validator_that_is_not_declared():
    apis.rest_api(("x-amazon-apigateway-request-validators", {}))


@CASES.bad("api", says="validateRequestBody")
def parameters_only():
    apis.rest_api(
        (
            "x-amazon-apigateway-request-validators everything",
            {"validateRequestBody": False, "validateRequestParameters": True},
        )
    )


@CASES.bad("api")
def weaker_validator_for_one_route():
    apis.rest_api(
        ("x-amazon-apigateway-request-validators nothing", {}),
        (f"{apis.OPERATION} x-amazon-apigateway-request-validator", "nothing"),
    )


@CASES.bad("get-pets")
def method_without_a_validator():
    apis.method_api(method={"request_validator_id": None})


@CASES.good
def methods():
    apis.method_api()


@CASES.ignored
def mock_route():
    apis.rest_api(("paths /health", {"get": {"x-amazon-apigateway-integration": apis.MOCK}}))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
