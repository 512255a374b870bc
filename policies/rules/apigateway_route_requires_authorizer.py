"""Refuses a proxied route without an authorizer."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import ROUTE_TYPES, routes
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for route in routes(resource, stack):
        if route.proxied and not route.authorizers:
            yield f"{route.label} calls its backend without an authorizer."
        if route.proxied and route.integration and route.integration.is_chosen_by_caller():
            yield (
                f"{route.label} takes the backend's host or path from the request: it may not be "
                "what was authorized. Only parameters of the path may be mapped into the path."
            )


RULE = StackRule(
    name="apigateway-route-requires-authorizer",
    title="Every proxied route has an authorizer.",
    severity=Severity.CRITICAL,
    why=(
        "The truststore accepts every certificate of a trusted issuer. Only the authorizer "
        "identifies the client. An alternative without an authorizer in an OpenAPI security list "
        "also opens the route. Routes with a MOCK integration are exempt: they have no backend."
    ),
    fix='security: [{"client-certificate": []}] on the operation, or authorization="CUSTOM"',
    page="Use API Gateway Lambda authorizers",
    url=API_GATEWAY_GUIDE + "apigateway-use-lambda-authorizer.html",
    frameworks=(
        "Security Hub APIGateway.8",
        "Checkov CKV_AWS_59",
        "Checkov CKV_AWS_309",
        "cdk-nag AwsSolutions-APIG4",
        "cfn-guard API_GW_METHOD_AUTHORIZATION_TYPE_RULE",
        "Prowler apigateway_restapi_authorizers_enabled",
        "AWS Config api-gwv2-authorization-type-configured",
    ),
    types=ROUTE_TYPES,
    check=_check,
)
