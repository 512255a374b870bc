"""Refuses data tracing, which logs whole requests including the token."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import API_GATEWAY_GUIDE, ResourceRule, Settings


def _check(settings: JudgedResource, _settings: Settings) -> Iterator[str]:
    if settings["settings"]["dataTraceEnabled"].flag():
        yield "settings.dataTraceEnabled is true."


RULE = ResourceRule(
    name="apigateway-stage-hides-payloads",
    title="Data tracing is disabled on every stage.",
    severity=Severity.HIGH,
    why=(
        "Data tracing writes every header and body to the execution log. Everyone who can read "
        "the log can use the tokens in it until they expire."
    ),
    fix='settings={…, "data_trace_enabled": False}',
    page="Setting up CloudWatch logging for a REST API in API Gateway",
    url=API_GATEWAY_GUIDE + "set-up-logging.html",
    frameworks=("Checkov CKV_AWS_276",),
    types=frozenset({types.REST_METHOD_SETTINGS}),
    check=_check,
)
