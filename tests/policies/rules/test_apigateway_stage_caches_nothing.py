"""A stage that caches responses is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-stage-caches-nothing")


@CASES.bad("stage", "settings", says="cacheClusterEnabled is true")
def cached():
    api = aws.apigateway.RestApi("api")
    deployment = aws.apigateway.Deployment("deployment", rest_api=api.id)
    stage = aws.apigateway.Stage(
        "stage",
        rest_api=api.id,
        deployment=deployment.id,
        stage_name="live",
        cache_cluster_enabled=True,
        cache_cluster_size="0.5",
    )
    aws.apigateway.MethodSettings(
        "settings",
        rest_api=api.id,
        stage_name=stage.stage_name,
        method_path="*/*",
        settings={"caching_enabled": True},
    )


@CASES.good
def not_cached():
    api = aws.apigateway.RestApi("api")
    deployment = aws.apigateway.Deployment("deployment", rest_api=api.id)
    stage = aws.apigateway.Stage(
        "stage", rest_api=api.id, deployment=deployment.id, stage_name="live"
    )
    aws.apigateway.MethodSettings(
        "settings",
        rest_api=api.id,
        stage_name=stage.stage_name,
        method_path="*/*",
        settings={"caching_enabled": False},
    )


@CASES.ignored
def something_else():
    apis.rest_api()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
