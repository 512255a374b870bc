"""Refuses an integration that does not verify its backend's TLS certificate."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import ROUTE_TYPES, routes
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for route in routes(resource, stack):
        tls = route.integration.tls if route.integration else None
        if tls is not None and tls["insecureSkipVerification"].flag():
            yield f"{route.label} does not verify its backend's certificate."


RULE = StackRule(
    name="apigateway-backend-verifies-certificate",
    title="A backend's certificate is verified.",
    severity=Severity.HIGH,
    why=(
        "With insecureSkipVerification, API Gateway accepts any certificate, so anyone who can "
        "redirect the connection receives the client's token."
    ),
    fix='leave "insecureSkipVerification" out of "tlsConfig"',
    page="x-amazon-apigateway-integration.tlsConfig object",
    url=API_GATEWAY_GUIDE + "api-gateway-swagger-extensions-integration-tls-config.html",
    types=ROUTE_TYPES,
    check=_check,
)
