"""An authorizer that is not told the certificate is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-route-authorizer-sees-certificate")


@CASES.bad("get-pets", says="it has an authorizer whose type is not REQUEST")
def token_authorizer():
    api = aws.apigateway.RestApi("api")
    authorizer = aws.apigateway.Authorizer(
        "authorizer", rest_api=api.id, type="TOKEN", authorizer_uri=apis.AUTHORIZER_URI
    )
    aws.apigateway.Method(
        "get-pets",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method="GET",
        authorization="CUSTOM",
        authorizer_id=authorizer.id,
    )


@CASES.good
def request_authorizer():
    api = aws.apigateway.RestApi("api")
    authorizer = aws.apigateway.Authorizer(
        "authorizer", rest_api=api.id, type="REQUEST", authorizer_uri=apis.AUTHORIZER_URI
    )
    aws.apigateway.Method(
        "get-pets",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method="GET",
        authorization="CUSTOM",
        authorizer_id=authorizer.id,
    )


@CASES.bad("get-pets")
def token_is_the_default_type():
    apis.method_api(authorizer={"type": None})


@CASES.bad("api")
def token_authorizer_in_a_body():
    apis.rest_api((f"{apis.AUTHORIZER} type", "token"))


@CASES.bad("api")
def cognito_in_a_body():
    apis.rest_api(
        (
            "components securitySchemes clientCertificate",
            {"type": "apiKey", "x-amazon-apigateway-authtype": "cognito_user_pools"},
        )
    )


@CASES.bad("api")
def iam_beside_the_certificate():
    apis.rest_api((f"{apis.OPERATION} x-amazon-apigateway-auth", {"type": "AWS_IAM"}))


@CASES.bad("get-pets")
def iam_method():
    apis.method_api(method={"authorization": "AWS_IAM", "authorizer_id": None})


@CASES.bad("get-pets")
def jwt_route_of_an_http_api():
    apis.http_api(route={"authorization_type": "JWT"})


@CASES.good
def body():
    apis.rest_api()


@CASES.ignored
def a_route_without_any_is_another_rules_matter():
    apis.rest_api((f"{apis.OPERATION} security", []))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
