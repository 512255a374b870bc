"""Refuses a route that forwards the caller's own Authorization header."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import ROUTE_TYPES, routes
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

_SOURCES = ("context.authorizer.", "$context.authorizer.")  # REST APIs, HTTP APIs
HEADER = "Authorization"


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for route in routes(resource, stack):
        if not route.proxied:
            continue
        if route.integration is None:
            yield f"{route.label} has no integration in this stack that sets {HEADER}."
            continue
        if route.integration.is_function_proxy:
            if route.integration.header(HEADER):
                yield (
                    f"{route.label} maps {HEADER} for a Lambda proxy integration, where mappings "
                    "have no effect: the function receives the caller's own header."
                )
            continue
        if route.integration.overrides_headers():
            yield f"{route.label} has a request template that may override {HEADER}."
        sources = route.integration.header(HEADER)
        if not sources:
            yield f"{route.label} does not overwrite the caller's {HEADER} header."
        elif not all(source.text().startswith(_SOURCES) for source in sources):
            yield f"{route.label} does not set {HEADER} from the authorizer's context."


RULE = StackRule(
    name="apigateway-route-maps-authorization",
    title="Every proxied route sets Authorization from the authorizer's context.",
    severity=Severity.CRITICAL,
    why=(
        "The backend trusts the token in the Authorization header. If the header is not mapped "
        "from the authorizer's context, the caller's own header, and with it a forged token, "
        "reaches the backend. A function behind a Lambda proxy integration has to read the token "
        "from requestContext.authorizer: mappings have no effect there, and a mapped header shows "
        "that its author relies on one."
    ),
    fix='"integration.request.header.Authorization": "context.authorizer.authorization"',
    page="Parameter mapping source reference for REST APIs",
    url=API_GATEWAY_GUIDE + "rest-api-parameter-mapping-sources.html",
    types=ROUTE_TYPES,
    check=_check,
)
