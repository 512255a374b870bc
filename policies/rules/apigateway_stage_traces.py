"""Refuses a stage without X-Ray tracing in stacks that must be traced."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import API_GATEWAY_GUIDE, ResourceRule, Settings
from policies.setting import strings


def _check(stage: JudgedResource, settings: Settings) -> Iterator[str]:
    if stage.stack_name in settings["stacks"] and not stage["xrayTracingEnabled"].flag():
        yield f"xrayTracingEnabled must be true in stack {stage.stack_name}."


RULE = ResourceRule(
    name="apigateway-stage-traces",
    title="Stages are traced with X-Ray.",
    severity=Severity.LOW,
    why=(
        "A trace shows which part of a slow or failed call took the time: the authorizer or the "
        "backend. The access log has one duration for each, and no connection with their logs."
    ),
    fix="aws.apigateway.Stage(…, xray_tracing_enabled=True)",
    page="Tracing user requests to REST APIs using X-Ray in API Gateway",
    url=API_GATEWAY_GUIDE + "apigateway-xray.html",
    frameworks=("Security Hub APIGateway.3", "Checkov CKV_AWS_73"),
    types=frozenset({types.REST_STAGE}),
    settings={
        "stacks": strings("Stacks whose stages must be traced.", default=["prod"]),
    },
    check=_check,
)
