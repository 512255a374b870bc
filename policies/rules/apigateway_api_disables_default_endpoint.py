"""The execute-api host asks for no client certificate: while it answers, mutual TLS is optional."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import Resource
from policies.rule import ResourceRule, Settings


def _check(api: Resource, _settings: Settings) -> Iterator[str]:
    if not api["disableExecuteApiEndpoint"].flag():
        yield "disableExecuteApiEndpoint is not true: the execute-api host is a way around mTLS."


RULE = ResourceRule(
    name="apigateway-api-disables-default-endpoint",
    title="No API answers on its default endpoint.",
    severity=Severity.CRITICAL,
    why=(
        "Every API gets a public execute-api host beside the custom domain. It never asks for a "
        "client certificate, so a caller who knows the API's id walks around the truststore."
    ),
    fix="aws.apigateway.RestApi(…, disable_execute_api_endpoint=True)",
    page="Disable the default endpoint for REST APIs",
    url=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "rest-api-disable-default-endpoint.html"
    ),
    types=frozenset({types.REST_API, types.HTTP_API}),
    check=_check,
)
