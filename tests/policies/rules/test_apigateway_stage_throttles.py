"""A stage without a limit of its own is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-stage-throttles")


@CASES.bad("stage", says="throttlingRateLimit of */* is missing")
def without_limits():
    api = aws.apigateway.RestApi("api")
    deployment = aws.apigateway.Deployment("deployment", rest_api=api.id)
    aws.apigateway.Stage("stage", rest_api=api.id, deployment=deployment.id, stage_name="live")


@CASES.good
def with_limits():
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
        settings={"throttling_rate_limit": 100, "throttling_burst_limit": 200},
    )


@CASES.bad("stage", says="throttlingBurstLimit of settings-*-* is missing")
def without_a_burst():
    api = apis.rest_api()
    apis.settings_of(api, apis.stage_of(api), throttling_burst_limit=None)


@CASES.bad("stage", says="not between 0 and 10000")
def minus_one_turns_the_limit_off():
    api = apis.rest_api()
    apis.settings_of(api, apis.stage_of(api), throttling_rate_limit=-1)


@CASES.bad("stage")
def above_the_accounts_own():
    api = apis.rest_api()
    apis.settings_of(api, apis.stage_of(api), throttling_rate_limit=50000)


@CASES.bad("stage", says="settings-pets-GET")
def one_method_without_a_limit():
    api = apis.rest_api()
    stage = apis.stage_of(api)
    apis.settings_of(api, stage)
    apis.settings_of(api, stage, "pets/GET", throttling_rate_limit=-1)


@CASES.bad("stage", config={"apigateway-stage-throttles": {"maximumRate": 50}})
def above_what_the_pack_is_configured_to():
    api = apis.rest_api()
    apis.settings_of(api, apis.stage_of(api))


@CASES.bad("stage")
def http_api_without_limits():
    aws.apigatewayv2.Stage("stage", api_id=apis.http_api().id)


@CASES.good
def http_api_with_limits():
    aws.apigatewayv2.Stage(
        "stage",
        api_id=apis.http_api().id,
        default_route_settings={"throttling_rate_limit": 100, "throttling_burst_limit": 200},
    )


@CASES.ignored
def something_else():
    apis.rest_api()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
