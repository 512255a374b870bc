"""Refuses a stage without an access log, or with secrets in it."""

import json
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.account import is_foreign
from policies.reading.resource import JudgedResource, Stack
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule
from policies.setting import strings

SETTINGS = "accessLogSettings"


def _check(stage: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
    if not stage[SETTINGS].present:
        yield f"{SETTINGS} is missing."
        return
    if not stage[SETTINGS]["destinationArn"].present:
        yield f"{SETTINGS}.destinationArn is missing: no access log is written."
    destination = stage[SETTINGS]["destinationArn"]
    if destination.is_text and is_foreign(destination.text(), stack, stage):
        yield f"{destination.path} is of an account that is neither this stack's nor trusted."
    line = stage[SETTINGS]["format"].text("")
    if line and not _is_json_object(line):
        yield f"{SETTINGS}.format is not a JSON object: its lines cannot be searched by field."
    for variable in settings["variables"]:
        if f"$context.{variable}" not in line:
            yield f"{SETTINGS}.format does not contain $context.{variable}."
    for variable in settings["forbidden"]:
        if f"$context.{variable}" in line:
            yield f"{SETTINGS}.format contains $context.{variable}, which must not be logged."


def _is_json_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        # A variable that is a number stands without quotation marks: {"status": $context.status}.
        return line.strip().startswith("{") and line.strip().endswith("}")


RULE = StackRule(
    name="apigateway-stage-logs-access",
    title="Every stage writes an access log that identifies the caller and omits the token.",
    severity=Severity.MEDIUM,
    why=(
        "One line per request, with the source address, the client certificate and the status, is "
        "needed to investigate an incident, and CloudWatch finds fields in JSON only. The "
        "authorizer's context contains the token: if it is logged, everyone who can read the log "
        "can use it. Another account that receives the log must be trusted in the configuration of "
        "the pack."
    ),
    fix='access_log_settings={"destination_arn": log_group.arn, "format": ACCESS_LOG_FORMAT}',
    page="Setting up CloudWatch logging for a REST API in API Gateway",
    url=API_GATEWAY_GUIDE + "set-up-logging.html",
    frameworks=(
        "Security Hub APIGateway.9",
        "Checkov CKV_AWS_76",
        "cdk-nag AwsSolutions-APIG1",
        "cfn-guard API_GW_STAGE_ACCESS_LOGGING_RULE",
        "Prowler apigatewayv2_api_access_logging_enabled",
        "AWS Config api-gwv2-access-logs-enabled",
    ),
    types=frozenset({types.REST_STAGE, types.HTTP_STAGE}),
    settings={
        "variables": strings(
            "Context variables that the format must contain.",
            default=[
                "requestId",
                "status",
                "identity.sourceIp",
                "identity.clientCert.serialNumber",
            ],
        ),
        "forbidden": strings(
            "Context variables that the format must not contain.",
            default=["authorizer.authorization", "identity.clientCert.clientCertPem"],
        ),
    },
    check=_check,
)
