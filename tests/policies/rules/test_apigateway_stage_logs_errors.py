"""A stage whose execution log is off is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-stage-logs-errors")


@CASES.bad("stage", says="loggingLevel of settings is neither ERROR nor INFO")
def switched_off():
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
        settings={"logging_level": "OFF"},
    )


@CASES.good
def errors():
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
        settings={"logging_level": "ERROR"},
    )


@CASES.bad("stage")
def off_is_the_default():
    api = apis.rest_api()
    apis.settings_of(api, apis.stage_of(api), logging_level=None)


@CASES.bad("stage")
def no_settings_at_all():
    apis.stage_of(apis.rest_api())


@CASES.bad("stage", says="loggingLevel of settings-pets-GET")
def one_method_switched_off():
    api = apis.rest_api()
    stage = apis.stage_of(api)
    apis.settings_of(api, stage)
    apis.settings_of(api, stage, "pets/GET", logging_level="OFF")


@CASES.bad("second")
def second_stage():
    api = apis.rest_api()
    apis.settings_of(api, apis.stage_of(api))
    apis.stage_of(api, "second")


@CASES.good
def settings_that_name_the_stage_by_its_name():
    api = apis.rest_api()
    apis.stage_of(api)
    aws.apigateway.MethodSettings(
        "settings",
        rest_api=api.id,
        stage_name="stage",
        method_path="*/*",
        settings={"logging_level": "INFO"},
    )


@CASES.ignored
def something_else():
    apis.rest_api()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
