"""Data tracing writes whole requests into the log, the token and the client's data among them."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import ResourceRule, Settings


def _check(settings: JudgedResource, _settings: Settings) -> Iterator[str]:
    if settings["settings"]["dataTraceEnabled"].flag():
        yield "settings.dataTraceEnabled is true."


RULE = ResourceRule(
    name="apigateway-stage-hides-payloads",
    title="No stage writes headers and bodies into its log.",
    severity=Severity.HIGH,
    why=(
        "With data tracing on, the execution log holds every header and body, so whoever may read "
        "the log can act as any client whose token is still alive."
    ),
    fix='settings={…, "data_trace_enabled": False}',
    page="Setting up CloudWatch logging for a REST API in API Gateway",
    url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    frameworks=("Checkov CKV_AWS_276",),
    types=frozenset({types.REST_METHOD_SETTINGS}),
    check=_check,
)
