"""Refuses a stage without a throttling limit below the account's."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.reading.stages import setting
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule
from policies.setting import number

RATE, BURST = "throttlingRateLimit", "throttlingBurstLimit"


def _check(stage: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
    for key, most in ((RATE, settings["maximumRate"]), (BURST, settings["maximumBurst"])):
        for where, value in _declared(stage, stack, key):
            if not value.present:
                yield f"{where} is missing."
            elif not 0 <= value.number() <= most:  # -1 turns the limit off
                yield f"{where} is not between 0 and {most:g}."


def _declared(stage: JudgedResource, stack: Stack, key: str) -> list[tuple[str, Node]]:
    if stage.type == types.HTTP_STAGE:
        return [(f"defaultRouteSettings.{key}", stage["defaultRouteSettings"][key])]
    return setting(stage, stack, key)


RULE = StackRule(
    name="apigateway-stage-throttles",
    title="Every stage has a throttling rate and burst limit.",
    severity=Severity.MEDIUM,
    why=(
        "All APIs of an account in a region share the account-level limit. A stage without a "
        "lower limit can use up the quota, and requests of all other APIs are throttled."
    ),
    fix=(
        'aws.apigateway.MethodSettings(…, method_path="*/*", '
        'settings={"throttling_rate_limit": 100, "throttling_burst_limit": 200})'
    ),
    page="Throttle API requests for better throughput",
    url=API_GATEWAY_GUIDE + "api-gateway-request-throttling.html",
    frameworks=("cdk-nag Serverless-APIGWDefaultThrottling",),
    types=frozenset({types.REST_STAGE, types.HTTP_STAGE}),
    settings={
        "maximumRate": number(
            "The highest rate per second; the account's default quota is 10,000.",
            default=10000,
            minimum=0,
        ),
        "maximumBurst": number(
            "The highest burst; the account's default quota is 5,000.", default=5000, minimum=0
        ),
    },
    check=_check,
)
