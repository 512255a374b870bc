"""Refuses a route that does not send the certificate's thumbprint to the backend."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import ROUTE_TYPES, routes
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule
from policies.setting import string


def _check(resource: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
    header, source = settings["header"], f"context.authorizer.{settings['contextKey']}"
    for route in routes(resource, stack):
        if not route.proxied:
            continue
        if route.integration is not None and route.integration.is_function_proxy:
            continue  # the function reads requestContext.authorizer
        given = route.integration.header(header) if route.integration else []
        if not given or not all(one.text().removeprefix("$") == source for one in given):
            yield f"{route.label} does not set {header} from {source}."


RULE = StackRule(
    name="apigateway-route-maps-thumbprint",
    title="Every proxied route sends the client certificate's thumbprint to the backend.",
    severity=Severity.HIGH,
    why=(
        "The cnf claim binds the token to a client certificate. The backend can check it only "
        "against a thumbprint that API Gateway set. If the header is not overwritten, a caller "
        "with a stolen token can send the matching thumbprint itself."
    ),
    fix=(
        '"integration.request.header.X-Client-Certificate-Thumbprint": '
        '"context.authorizer.certificateThumbprint"'
    ),
    page="Amazon API Gateway API request and response data mapping reference",
    url=API_GATEWAY_GUIDE + "request-response-data-mappings.html",
    frameworks=("RFC 8705",),
    types=ROUTE_TYPES,
    settings={
        "header": string(
            "The header that the backend compares the token with.",
            default="X-Client-Certificate-Thumbprint",
        ),
        "contextKey": string(
            "The authorizer's context key that holds the thumbprint.",
            default="certificateThumbprint",
        ),
    },
    check=_check,
)
