"""A stage that logs headers and bodies is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-stage-hides-payloads")


@CASES.bad("settings", says="dataTraceEnabled is true")
def traced():
    api = aws.apigateway.RestApi("api")
    aws.apigateway.MethodSettings(
        "settings",
        rest_api=api.id,
        stage_name="live",
        method_path="*/*",
        settings={"logging_level": "INFO", "data_trace_enabled": True},
    )


@CASES.good
def not_traced():
    api = aws.apigateway.RestApi("api")
    aws.apigateway.MethodSettings(
        "settings",
        rest_api=api.id,
        stage_name="live",
        method_path="*/*",
        settings={"logging_level": "INFO", "data_trace_enabled": False},
    )


@CASES.good
def off_is_the_default():
    api = apis.rest_api()
    apis.settings_of(api, apis.stage_of(api))


@CASES.ignored
def something_else():
    apis.rest_api()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
