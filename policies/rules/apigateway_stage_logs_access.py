"""Without an access log nobody can say afterwards who called, and which gate refused."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import ResourceRule, Settings

SETTINGS = "accessLogSettings"


def _check(stage: JudgedResource, settings: Settings) -> Iterator[str]:
    if not stage[SETTINGS].present:
        yield f"{SETTINGS} is missing."
        return
    if not stage[SETTINGS]["destinationArn"].present:
        yield f"{SETTINGS}.destinationArn is missing: nothing is written."
    line = stage[SETTINGS]["format"].text("")
    for variable in settings["variables"]:
        if f"$context.{variable}" not in line:
            yield f"{SETTINGS}.format leaves out $context.{variable}."
    for variable in settings["forbidden"]:
        if f"$context.{variable}" in line:
            yield f"{SETTINGS}.format writes $context.{variable} into the log."


RULE = ResourceRule(
    name="apigateway-stage-logs-access",
    title="Every stage writes an access log that tells who called, and never the token.",
    severity=Severity.MEDIUM,
    why=(
        "One line per call, with the address, the certificate and the answer, is what an incident "
        "is understood from. The authorizer's context holds the token: a line that repeats it "
        "hands it to everybody who may read the log."
    ),
    fix='access_log_settings={"destination_arn": log_group.arn, "format": ACCESS_LOG_FORMAT}',
    page="Setting up CloudWatch logging for a REST API in API Gateway",
    url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    frameworks=("Security Hub APIGateway.9", "Checkov CKV_AWS_76"),
    types=frozenset({types.REST_STAGE, types.HTTP_STAGE}),
    settings={
        "variables": {
            "type": "array",
            "items": {"type": "string"},
            "default": [
                "requestId",
                "status",
                "identity.sourceIp",
                "identity.clientCert.serialNumber",
            ],
            "description": "Context variables that a line must hold.",
        },
        "forbidden": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["authorizer.authorization", "identity.clientCert.clientCertPem"],
            "description": "Context variables that a line must not hold.",
        },
    },
    check=_check,
)
