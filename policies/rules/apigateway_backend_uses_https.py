"""A token sent over plain HTTP belongs to everybody on the way."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import ROUTE_TYPES, DeclaredIntegration, routes
from policies.rule import Settings, StackRule

WEB = ("http", "http_proxy")
# Never leaves the machine; API Gateway itself cannot even reach it.
LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for route in routes(resource, stack):
        integration = route.integration
        if integration is None or integration.kind not in WEB:
            continue  # a missing one is apigateway-route-maps-authorization's; AWS speaks TLS
        if not _is_safe(integration):
            yield f"{route.label} sends its token to the backend in the clear."


def _is_safe(integration: DeclaredIntegration) -> bool:
    uri = integration.uri.text().lower()
    # The character after the host must end it: http://localhost.example.com is somebody else.
    return uri.startswith("https://") or any(
        uri.startswith(host) and uri[len(host) : len(host) + 1] in {"", "/", ":"}
        for host in LOOPBACK
    )


RULE = StackRule(
    name="apigateway-backend-uses-https",
    title="Backends are called over HTTPS.",
    severity=Severity.HIGH,
    why=(
        "The call carries the client's token and data over networks that nobody here controls. "
        "Addresses of the same machine are exempt: nothing leaves it."
    ),
    fix='"uri": "https://…"',
    page="Set up HTTP integrations in API Gateway",
    url=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html"
    ),
    types=ROUTE_TYPES,
    check=_check,
)
