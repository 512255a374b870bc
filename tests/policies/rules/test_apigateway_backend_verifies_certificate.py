"""A backend whose certificate nobody verifies is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-backend-verifies-certificate")


@CASES.bad("get-pets", says="it does not verify its backend's certificate")
def not_verified():
    api = aws.apigateway.RestApi("api")
    method = aws.apigateway.Method(
        "get-pets",
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
        tls_config={"insecure_skip_verification": True},
    )


@CASES.good
def verified():
    api = aws.apigateway.RestApi("api")
    method = aws.apigateway.Method(
        "get-pets",
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
def not_verified_in_a_body():
    apis.rest_api((f"{apis.PROXY} tlsConfig", {"insecureSkipVerification": True}))


@CASES.good
def http_api():
    apis.http_api()


@CASES.ignored
def mock_route():
    apis.rest_api(("paths /health", {"get": {"x-amazon-apigateway-integration": apis.MOCK}}))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
