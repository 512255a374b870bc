"""Refuses an integration that calls its backend over plain HTTP."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import ROUTE_TYPES, DeclaredIntegration, routes
from policies.reading.stage_variables import resolved
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

WEB = ("http", "http_proxy")
# Traffic stays on the machine. API Gateway itself cannot reach these addresses.
LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for route in routes(resource, stack):
        integration = route.integration
        if integration is None or integration.kind not in WEB:
            continue  # apigateway-route-maps-authorization reports a missing one
        if not _is_safe(integration, resource, stack):
            yield f"{route.label} calls its backend over plain HTTP: the token is sent unencrypted."


def _is_safe(integration: DeclaredIntegration, owner: JudgedResource, stack: Stack) -> bool:
    if integration.uri.text().lower().startswith("https://"):
        return True  # a stage variable behind it is a host or a path
    return all(map(_is_safe_uri, resolved(integration.uri, owner, stack)))


def _is_safe_uri(text: str) -> bool:
    uri = text.lower()
    # The character after the host must end it: http://localhost.example.com is another host.
    return uri.startswith("https://") or any(
        uri.startswith(host) and uri[len(host) : len(host) + 1] in {"", "/", ":"}
        for host in LOOPBACK
    )


RULE = StackRule(
    name="apigateway-backend-uses-https",
    title="Backends are called over HTTPS.",
    severity=Severity.HIGH,
    why=(
        "The request carries the client's token and data over networks that this stack does not "
        "control. Loopback addresses are exempt: their traffic stays on the machine."
    ),
    fix='"uri": "https://…"',
    page="Set up HTTP integrations in API Gateway",
    url=API_GATEWAY_GUIDE + "setup-http-integrations.html",
    types=ROUTE_TYPES,
    check=_check,
)
