"""Refuses an OpenAPI document that the rules cannot read."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.body import WITH_BODY, UnreadableBodyError
from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import routes
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule


def _check(api: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    try:
        for _ in routes(api, stack):
            pass
    except UnreadableBodyError as error:
        yield f"{error}, so no rule can judge its routes, which counts as a violation."


RULE = StackRule(
    name="apigateway-body-is-readable",
    title="The OpenAPI document of an API is known in a preview and complete.",
    severity=Severity.CRITICAL,
    why=(
        "The rules judge the routes, the authorizers and the integrations of the document. One "
        "Output inside a JSON text makes the whole text unknown, and a reference to another "
        "document hides its target. This rule reports it once; the other rules cannot judge the "
        "API then, so a waiver of this rule leaves the API without any judgement."
    ),
    fix="compose ARNs from region, account and explicit names, so that the body contains no Output",
    page="Developing REST APIs using OpenAPI in API Gateway",
    url=API_GATEWAY_GUIDE + "api-gateway-import-api.html",
    types=WITH_BODY,
    check=_check,
)
