"""Refuses a stage whose execution log is off."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.stages import setting
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

LEVELS = frozenset({"ERROR", "INFO"})


def _check(stage: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for where, level in setting(stage, stack, "loggingLevel"):
        if level.text("OFF").upper() not in LEVELS:
            yield f"{where} is neither ERROR nor INFO."


RULE = StackRule(
    name="apigateway-stage-logs-errors",
    title="Every stage logs errors to its execution log.",
    severity=Severity.MEDIUM,
    why=(
        "API Gateway refuses an untrusted, expired or weakly signed client certificate before it "
        "calls the authorizer. Only the execution log contains the reason."
    ),
    fix='aws.apigateway.MethodSettings(…, method_path="*/*", settings={"logging_level": "ERROR"})',
    page="Setting up CloudWatch logging for a REST API in API Gateway",
    url=API_GATEWAY_GUIDE + "set-up-logging.html",
    frameworks=(
        "Security Hub APIGateway.1",
        "Checkov CKV2_AWS_4",
        "cdk-nag AwsSolutions-APIG6",
        "cfn-guard API_GW_EXECUTION_LOGGING_ENABLED",
        "Prowler apigateway_restapi_logging_enabled",
        "AWS Config api-gw-execution-logging-enabled",
    ),
    types=frozenset({types.REST_STAGE}),
    check=_check,
)
