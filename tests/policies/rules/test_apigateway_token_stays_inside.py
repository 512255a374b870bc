"""A log or an answer that contains the token is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-token-stays-inside")
LOG = "arn:aws:logs:eu-central-1:000000000000:log-group:access"
TOKEN = "$context.authorizer.authorization"


def logging(*variables, api=None):
    log = {"destination_arn": LOG, "format": json.dumps(list(variables))}
    apis.stage_of(api or apis.rest_api(), access_log_settings=log)


@CASES.bad("stage", says="accessLogSettings.format contains the token")
def in_the_access_log():
    log = {"destination_arn": LOG, "format": '{"token": "$context.authorizer.authorization"}'}
    apis.stage_of(apis.rest_api(), access_log_settings=log)


@CASES.good
def nowhere():
    apis.stage_of(apis.rest_api())


@CASES.bad("stage")
def under_a_key_of_its_own():
    headers = apis.HEADERS | {
        "integration.request.header.Authorization": "context.authorizer.minted"
    }
    api = apis.rest_api((f"{apis.PROXY} requestParameters", headers))
    logging("$context.requestId", "$context.authorizer.minted", api=api)


@CASES.good
def another_value_of_the_context():
    logging("$context.authorizer.clientId", "$context.authorizer.authorizationReason")


@CASES.bad("response")
def in_a_gateway_response():
    aws.apigateway.Response(
        "response",
        rest_api_id=apis.rest_api().id,
        response_type="DEFAULT_4XX",
        response_parameters={"gatewayresponse.header.X-Debug": TOKEN.removeprefix("$")},
    )


@CASES.bad("api", says="x-amazon-apigateway-gateway-responses")
def in_a_gateway_response_of_the_body():
    response = {"responseTemplates": {"application/json": f'{{"token": "{TOKEN}"}}'}}
    apis.rest_api(("x-amazon-apigateway-gateway-responses", {"DEFAULT_5XX": response}))


@CASES.bad("stage")
def of_methods():
    logging(TOKEN, api=apis.method_api())


@CASES.ignored
def a_log_of_another_api():
    apis.rest_api()
    other = aws.apigateway.RestApi("other")
    logging(TOKEN, api=other)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
