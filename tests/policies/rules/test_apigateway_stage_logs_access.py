"""A stage whose access log is missing, thin or too talkative is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-stage-logs-access")


@CASES.bad("stage", says="accessLogSettings is missing")
def without_a_log():
    api = aws.apigateway.RestApi("api")
    deployment = aws.apigateway.Deployment("deployment", rest_api=api.id)
    aws.apigateway.Stage("stage", rest_api=api.id, deployment=deployment.id, stage_name="live")


@CASES.good
def with_a_log():
    api = aws.apigateway.RestApi("api")
    deployment = aws.apigateway.Deployment("deployment", rest_api=api.id)
    log = aws.cloudwatch.LogGroup("log", retention_in_days=30)
    aws.apigateway.Stage(
        "stage",
        rest_api=api.id,
        deployment=deployment.id,
        stage_name="live",
        access_log_settings={
            "destination_arn": log.arn,
            "format": json.dumps(
                {
                    "id": "$context.requestId",
                    "status": "$context.status",
                    "address": "$context.identity.sourceIp",
                    "certificate": "$context.identity.clientCert.serialNumber",
                    "client": "$context.authorizer.clientId",
                }
            ),
        },
    )


@CASES.bad("stage", says="does not contain $context.identity.sourceIp")
def log_without_the_caller():
    apis.stage_of(
        apis.rest_api(),
        access_log_settings={
            "destination_arn": "arn:aws:logs:eu-central-1:000000000000:log-group:access",
            "format": "$context.requestId $context.status",
        },
    )


@CASES.bad("stage", says="contains $context.authorizer.authorization, which must not be logged")
def log_with_the_token():
    apis.stage_of(
        apis.rest_api(),
        access_log_settings={
            "destination_arn": "arn:aws:logs:eu-central-1:000000000000:log-group:access",
            "format": "$context.requestId $context.status $context.identity.sourceIp "
            "$context.identity.clientCert.serialNumber $context.authorizer.authorization",
        },
    )


@CASES.bad("stage")
def http_api_without_a_log():
    aws.apigatewayv2.Stage("stage", api_id=apis.http_api().id)


@CASES.ignored
def something_else():
    apis.rest_api()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
