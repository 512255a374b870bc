"""Refuses a proxied route without a request validator for body and parameters."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import DeclaredRoute, routes
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

VALIDATORS = "x-amazon-apigateway-request-validators"
VALIDATOR = "x-amazon-apigateway-request-validator"
REQUEST_VALIDATOR = "aws:apigateway/requestValidator:RequestValidator"
BODY, PARAMETERS = "validateRequestBody", "validateRequestParameters"


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for route in routes(resource, stack):
        if not route.proxied:
            continue
        validators = (
            _of_method(resource, stack)
            if resource.type == types.REST_METHOD
            else _of_operation(route)
        )
        if not validators:
            yield f"{route.label} has no request validator."
        for validator in validators:
            for flag in (BODY, PARAMETERS):
                if not validator[flag].flag():
                    yield f"{route.label}: {flag} of its request validator is not true."


def _of_method(method: JudgedResource, stack: Stack) -> list[Node]:
    found = stack.used_by(method, "requestValidatorId", REQUEST_VALIDATOR)
    return [validator.properties for validator in found]


def _of_operation(route: DeclaredRoute) -> list[Node]:
    if route.operation is None or route.document is None:
        return []
    name = route.operation[VALIDATOR].text(route.document[VALIDATOR].text(""))
    validator = route.document[VALIDATORS][name]
    return [validator] if validator.present else []


RULE = StackRule(
    name="apigateway-route-validates-requests",
    title="Requests are validated before they reach a backend.",
    severity=Severity.MEDIUM,
    why=(
        "The OpenAPI document describes valid requests. Without a validator that checks body and "
        "parameters, API Gateway does not enforce it, and malformed requests reach the backend."
    ),
    fix='"x-amazon-apigateway-request-validator": "everything", or request_validator_id=…',
    page="Enable request validation in API Gateway",
    url=API_GATEWAY_GUIDE + "api-gateway-method-request-validation.html",
    frameworks=(
        "Checkov CKV2_AWS_53",
        "cdk-nag AwsSolutions-APIG2",
    ),
    types=frozenset({types.REST_API, types.REST_API_PUT, types.REST_METHOD}),
    check=_check,
)
