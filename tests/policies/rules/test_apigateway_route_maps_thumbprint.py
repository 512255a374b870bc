"""A route that hides the certificate from its backend is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-route-maps-thumbprint")


@CASES.bad("get-pets", says="it does not set X-Client-Certificate-Thumbprint")
def not_mapped():
    api = aws.apigateway.RestApi("api")
    method = aws.apigateway.Method(
        "get-pets",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method="GET",
        authorization="CUSTOM",
        authorizer_id=aws.apigateway.Authorizer("guard", rest_api=api.id, type="REQUEST").id,
    )
    aws.apigateway.Integration(
        "get-pets-backend",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method=method.http_method,
        type="HTTP_PROXY",
        uri="https://backend.example.com/pets",
        request_parameters={
            "integration.request.header.Authorization": "context.authorizer.authorization"
        },
    )


@CASES.good
def mapped_from_the_authorizer():
    api = aws.apigateway.RestApi("api")
    method = aws.apigateway.Method(
        "get-pets",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method="GET",
        authorization="CUSTOM",
        authorizer_id=aws.apigateway.Authorizer("guard", rest_api=api.id, type="REQUEST").id,
    )
    aws.apigateway.Integration(
        "get-pets-backend",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method=method.http_method,
        type="HTTP_PROXY",
        uri="https://backend.example.com/pets",
        request_parameters={
            "integration.request.header.Authorization": "context.authorizer.authorization",
            "integration.request.header.X-Client-Certificate-Thumbprint": (
                "context.authorizer.certificateThumbprint"
            ),
        },
    )


@CASES.bad("api")
def mapped_from_the_caller():
    name = "X-Client-Certificate-Thumbprint"
    apis.rest_api(
        (
            f"{apis.PROXY} requestParameters",
            apis.HEADERS | {f"integration.request.header.{name}": f"method.request.header.{name}"},
        )
    )


@CASES.bad("api")
def mapped_from_another_context_key():
    apis.rest_api(
        (
            f"{apis.PROXY} requestParameters integration.request.header"
            ".X-Client-Certificate-Thumbprint",
            "context.authorizer.clientId",
        )
    )


@CASES.passes(
    config={"apigateway-route-maps-thumbprint": {"header": "X-Thumbprint", "contextKey": "x5t"}}
)
def names_that_the_pack_is_configured_to():
    apis.rest_api(
        (
            f"{apis.PROXY} requestParameters",
            {"integration.request.header.x-thumbprint": "context.authorizer.x5t"},
        )
    )


@CASES.good
def http_api():
    apis.http_api()


@CASES.ignored
def mock_route():
    apis.rest_api(("paths /health", {"get": {"x-amazon-apigateway-integration": apis.MOCK}}))


@CASES.good
def a_function_reads_the_request_context():
    apis.rest_api(
        (f"{apis.PROXY} type", "aws_proxy"),
        (f"{apis.PROXY} uri", apis.AUTHORIZER_URI),
        (f"{apis.PROXY} requestParameters", {}),
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
