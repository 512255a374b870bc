"""Only an authorizer of type REQUEST is told which certificate the caller presented."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import ROUTE_TYPES, routes
from policies.rule import Settings, StackRule

KIND = "request"


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for route in routes(resource, stack):
        if route.proxied and any(one.kind != KIND for one in route.authorizers):
            yield f"{route.label} has an authorizer of another type than REQUEST."


RULE = StackRule(
    name="apigateway-route-authorizer-sees-certificate",
    title="Routes are authorized by a Lambda authorizer of type REQUEST.",
    severity=Severity.HIGH,
    why=(
        "requestContext.identity.clientCert reaches authorizers of type REQUEST only. A TOKEN, "
        "Cognito, JWT or IAM authorizer decides by what the caller wrote into a header and "
        "cannot tie a call to its certificate."
    ),
    fix='"x-amazon-apigateway-authorizer": {"type": "request", …}, or type="REQUEST"',
    page="Input to an API Gateway Lambda authorizer",
    url=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "api-gateway-lambda-authorizer-input.html"
    ),
    types=ROUTE_TYPES,
    check=_check,
)
