"""A deployment that does not follow the API's content is refused."""

import hashlib
import json

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-deployment-follows-content")


@CASES.bad("deployment", says="triggers is missing")
def without_triggers():
    api = aws.apigateway.RestApi("api", body=json.dumps(apis.BODY))
    aws.apigateway.Deployment("deployment", rest_api=api.id)


@CASES.good
def with_a_digest_of_the_content():
    body = json.dumps(apis.BODY, sort_keys=True)
    api = aws.apigateway.RestApi("api", body=body)
    aws.apigateway.Deployment(
        "deployment",
        rest_api=api.id,
        triggers={"content": hashlib.sha256(body.encode()).hexdigest()},
    )


@CASES.bad("deployment", says="is not a digest")
def counter():
    aws.apigateway.Deployment("deployment", rest_api=apis.rest_api().id, triggers={"content": "7"})


@CASES.bad("deployment", says="does not include get-pets")
def digest_that_leaves_out_a_method():
    api = apis.method_api()
    aws.apigateway.Deployment("deployment", rest_api=api.id, triggers={"content": "0" * 64})


@CASES.bad("stage", says="does not refer to a deployment")
def stage_of_somebody_elses_deployment():
    apis.stage_of(apis.rest_api(), deployment="abc123")


@CASES.bad("stage", says="autoDeploy is not true")
def http_api_that_waits():
    aws.apigatewayv2.Stage("stage", api_id=apis.http_api().id)


@CASES.good
def digest_of_methods_and_integrations():
    api = aws.apigateway.RestApi("api")
    method = aws.apigateway.Method(
        "get",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method="GET",
        authorization="NONE",
    )
    integration = aws.apigateway.Integration(
        "backend",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method=method.http_method,
        type="MOCK",
    )
    digest = pulumi.Output.json_dumps([method.id, integration.id]).apply(
        lambda text: hashlib.sha256(text.encode()).hexdigest()
    )
    aws.apigateway.Deployment("deployment", rest_api=api.id, triggers={"content": digest})


@CASES.good
def http_api_that_deploys_itself():
    aws.apigatewayv2.Stage("stage", api_id=apis.http_api().id, auto_deploy=True)


@CASES.ignored
def an_api_without_a_deployment():
    apis.rest_api()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
