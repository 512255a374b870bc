"""Without a limit of its own, one stage can use up the whole account's request rate."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.reading.stages import setting
from policies.rule import Settings, StackRule

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
    title="Every stage limits the rate of its calls.",
    severity=Severity.MEDIUM,
    why=(
        "The account's limit is shared by all its APIs in a region. A stage without a limit below "
        "it lets one client's loop refuse the calls of everybody else."
    ),
    fix=(
        'aws.apigateway.MethodSettings(…, method_path="*/*", '
        'settings={"throttling_rate_limit": 100, "throttling_burst_limit": 200})'
    ),
    page="Throttle API requests for better throughput",
    url=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "api-gateway-request-throttling.html"
    ),
    types=frozenset({types.REST_STAGE, types.HTTP_STAGE}),
    settings={
        "maximumRate": {
            "type": "number",
            "minimum": 0,
            "default": 10000,
            "description": "Requests per second; more than the account's 10,000 is no limit.",
        },
        "maximumBurst": {
            "type": "number",
            "minimum": 0,
            "default": 5000,
            "description": "Requests at once; more than the account's 5,000 is no limit.",
        },
    },
    check=_check,
)
