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


def responding(**response):
    return apis.rest_api((f"{apis.PROXY} responses", {"default": {"statusCode": "200"} | response}))


@CASES.bad("api", says="GET /pets: body.paths")
def in_a_header_of_an_integration_response_of_the_body():
    header = {"method.response.header.X-Token": "context.authorizer.authorization"}
    responding(responseParameters=header)


@CASES.bad("api")
def in_a_template_of_an_integration_response_of_the_body():
    responding(responseTemplates={"application/json": f'{{"token": "{TOKEN}"}}'})


@CASES.bad("api")
def in_an_override_of_a_response():
    template = f"#set($context.responseOverride.header.X-Token = {TOKEN})$input.body"
    responding(responseTemplates={"application/json": template})


@CASES.bad("api")
def in_the_whole_context():
    responding(responseTemplates={"application/json": "$context"})


@CASES.bad("api")
def in_the_context_with_brackets():
    template = "$context['authorizer']['authorization']"
    responding(responseTemplates={"application/json": template})


@CASES.bad("api")
def in_the_context_by_get():
    template = "#set($a = $context.get('authorizer'))$a.authorization"
    responding(responseTemplates={"application/json": template})


@CASES.bad("api")
def in_a_referenced_integration():
    parameters = {"method.response.header.X-Token": "context.authorizer.authorization"}
    shared = apis.INTEGRATION | {"responses": {"default": {"responseParameters": parameters}}}
    reference = {"$ref": "#/components/x-amazon-apigateway-integrations/shared"}
    apis.rest_api(
        ("components x-amazon-apigateway-integrations", {"shared": shared}),
        (apis.PROXY, reference),
    )


@CASES.bad("api")
def in_the_answer_of_a_mock_beside_a_proxied_route():
    response = {"responseTemplates": {"application/json": TOKEN}}
    mock = apis.MOCK | {"responses": {"default": response}}
    operation = {"security": [{"clientCertificate": []}], "x-amazon-apigateway-integration": mock}
    apis.rest_api(("paths /whoami", {"get": operation}))


@CASES.bad("integration-response")
def in_a_header_of_an_integration_response():
    api = apis.method_api()
    aws.apigateway.IntegrationResponse(
        "integration-response",
        rest_api=api.id,
        resource_id="abc123",
        http_method="GET",
        status_code="200",
        response_parameters={"method.response.header.X-Token": TOKEN.removeprefix("$")},
    )


@CASES.bad("backend")
def in_a_response_of_an_http_api():
    mappings = {"append:header.x-token": TOKEN}
    apis.http_api(
        integration={"response_parameters": [{"status_code": "200", "mappings": mappings}]}
    )


@CASES.bad("api")
def for_a_function_behind_a_proxy_integration():
    response = {"responseParameters": {"gatewayresponse.header.X-Token": TOKEN.removeprefix("$")}}
    apis.rest_api(
        (f"{apis.PROXY} type", "aws_proxy"),
        (f"{apis.PROXY} requestParameters", {}),
        ("x-amazon-apigateway-gateway-responses", {"DEFAULT_4XX": response}),
    )


BACK_END = apis.AUTHORIZER_URI.replace("function:authorizer", "function:pets")


@CASES.bad("api", says="GET /pets: body.paths")
def by_calling_the_authorizer():
    apis.rest_api((f"{apis.PROXY} type", "aws"), (f"{apis.PROXY} uri", apis.AUTHORIZER_URI))


@CASES.bad("get-pets-backend", says="uri calls the authorizer")
def by_a_method_that_calls_the_authorizer():
    function = aws.lambda_.Function("authorizer", role="arn:aws:iam::000000000000:role/x")
    alias = aws.lambda_.Alias(
        "live", name="live", function_name=function.name, function_version=function.version
    )
    apis.method_api(
        authorizer={"authorizer_uri": alias.invoke_arn},
        integration={"type": "AWS", "uri": function.invoke_arn},
    )


@CASES.bad("api", says="lets a caller sign with KMS")
def by_an_action_of_kms():
    sign = "arn:aws:apigateway:eu-central-1:kms:action/Sign"
    apis.rest_api((f"{apis.PROXY} type", "aws"), (f"{apis.PROXY} uri", sign))


@CASES.good
def a_function_as_a_backend():
    apis.rest_api((f"{apis.PROXY} type", "aws_proxy"), (f"{apis.PROXY} uri", BACK_END))


@CASES.good
def a_function_as_a_method_s_backend():
    function = aws.lambda_.Function("pets", role="arn:aws:iam::000000000000:role/x")
    apis.method_api(integration={"type": "AWS_PROXY", "uri": function.invoke_arn})


@CASES.good
def responses_with_other_values():
    responding(
        responseParameters={
            "method.response.header.X-Client": "context.authorizer.clientId",
            "method.response.header.X-Request-Id": "context.requestId",
        },
        responseTemplates={"application/json": '{"context": "$context.requestId"}'},
    )


@CASES.ignored
def a_log_of_another_api():
    apis.rest_api()
    other = aws.apigateway.RestApi("other")
    logging(TOKEN, api=other)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
