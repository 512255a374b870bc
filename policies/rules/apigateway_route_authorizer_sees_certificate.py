"""Refuses a route whose authorizer does not receive the client certificate."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import ROUTE_TYPES, routes
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

KIND = "request"


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for route in routes(resource, stack):
        if route.proxied and any(one.kind != KIND for one in route.authorizers):
            yield f"{route.label} has an authorizer whose type is not REQUEST."


RULE = StackRule(
    name="apigateway-route-authorizer-sees-certificate",
    title="Routes are authorized by a Lambda authorizer of type REQUEST.",
    severity=Severity.HIGH,
    why=(
        "Only authorizers of type REQUEST receive requestContext.identity.clientCert. TOKEN, "
        "Cognito, JWT and IAM authorizers decide by a header that the caller controls and cannot "
        "bind a request to its client certificate."
    ),
    fix='"x-amazon-apigateway-authorizer": {"type": "request", …}, or type="REQUEST"',
    page="Input to an API Gateway Lambda authorizer",
    url=API_GATEWAY_GUIDE + "api-gateway-lambda-authorizer-input.html",
    types=ROUTE_TYPES,
    check=_check,
)
