"""A stage that calls an https backend without a client certificate is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-stage-presents-certificate")


@CASES.bad("stage", says="GET /pets calls a backend over HTTPS")
def no_certificate():
    api = aws.apigateway.RestApi(
        "api",
        body="""{"openapi": "3.0.1", "paths": {"/pets": {"get": {
            "x-amazon-apigateway-integration": {
                "type": "http_proxy", "uri": "https://backend.example.com/pets"}}}}}""",
    )
    deployment = aws.apigateway.Deployment("deployment", rest_api=api.id)
    aws.apigateway.Stage("stage", rest_api=api.id, deployment=deployment.id, stage_name="live")


@CASES.good
def a_generated_certificate():
    api = aws.apigateway.RestApi(
        "api",
        body="""{"openapi": "3.0.1", "paths": {"/pets": {"get": {
            "x-amazon-apigateway-integration": {
                "type": "http_proxy", "uri": "https://backend.example.com/pets"}}}}}""",
    )
    deployment = aws.apigateway.Deployment("deployment", rest_api=api.id)
    aws.apigateway.Stage(
        "stage",
        rest_api=api.id,
        deployment=deployment.id,
        stage_name="live",
        client_certificate_id=aws.apigateway.ClientCertificate("for-backend").id,
    )


@CASES.bad("stage")
def an_empty_id():
    apis.stage_of(apis.rest_api(), client_certificate_id="")


@CASES.bad("stage", says="get-pets calls")
def a_method_resource():
    apis.stage_of(apis.method_api(), client_certificate_id=None)


@CASES.bad("stage", says="GET /pets and 1 more calls")
def several_routes():
    api = apis.rest_api(("paths /more", apis.BODY["paths"]["/pets"]))
    apis.stage_of(api, client_certificate_id=None)


@CASES.bad("stage")
def a_body_that_is_imported_later():
    api = apis.rest_api((f"{apis.PROXY} type", "mock"))
    aws.apigateway.RestApiPut("put", rest_api_id=api.id, body=json.dumps(apis.body()))
    apis.stage_of(api, client_certificate_id=None)


@CASES.bad("second")
def the_second_stage():
    api = apis.rest_api()
    apis.stage_of(api)
    apis.stage_of(api, "second", client_certificate_id=None)


@CASES.bad("stage", says="names no client certificate")
def an_id_that_is_not_of_a_certificate():
    api = apis.rest_api()
    apis.stage_of(api, client_certificate_id=api.id)


@CASES.good
def a_certificate_of_another_stack_by_its_id():
    apis.stage_of(apis.rest_api(), client_certificate_id="a1b2c3")


@CASES.ignored
def a_function():
    apis.stage_of(
        apis.rest_api(
            (f"{apis.PROXY} type", "aws_proxy"), (f"{apis.PROXY} uri", apis.AUTHORIZER_URI)
        ),
        client_certificate_id=None,
    )


@CASES.ignored
def plain_http_which_another_rule_refuses():
    api = apis.rest_api((f"{apis.PROXY} uri", "http://backend.example.com/pets"))
    apis.stage_of(api, client_certificate_id=None)


@CASES.ignored
def an_api_of_another_stage():
    apis.rest_api(name="other")
    api = apis.rest_api((f"{apis.PROXY} type", "mock"))
    apis.stage_of(api, client_certificate_id=None)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
