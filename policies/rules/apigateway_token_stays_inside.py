"""Refuses logs and answers that contain the token that the backend receives."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.body import body_of
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import ROUTE_TYPES, routes
from policies.reading.scope import apis_of_resource
from policies.rule import Settings, StackRule

RESPONSE = "aws:apigateway/response:Response"
METHOD_RESPONSE = "aws:apigateway/integrationResponse:IntegrationResponse"
RESPONSES = "x-amazon-apigateway-gateway-responses"
HEADER = "Authorization"
KEY = re.compile(r"\$?context\.authorizer\.([A-Za-z0-9_-]+)")
# The whole context, or a member that a template reads with brackets or a method such as get().
WHOLE = re.compile(r"context\.authorizer(?!\.?[A-Za-z0-9_-])|context\.authorizer\.\w+\(")


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    keys = _token_keys(stack)
    for api in apis_of_resource(resource, stack):
        for place in _places(resource):
            for leaf in place.leaves():
                text = leaf.leaf()
                if isinstance(text, str) and _may_contain(keys.get(api, frozenset()), text):
                    yield f"{leaf.path} contains the token of the caller."


def _may_contain(keys: frozenset[str], text: str) -> bool:
    return bool(keys) and (bool(WHOLE.search(text)) or not keys.isdisjoint(KEY.findall(text)))


def _places(resource: JudgedResource) -> Iterator[Node]:
    if resource.type == types.REST_STAGE:
        yield resource["accessLogSettings"]
    elif resource.type in (RESPONSE, METHOD_RESPONSE):
        yield resource["responseParameters"]
        yield resource["responseTemplates"]
    else:
        yield body_of(resource)[RESPONSES]


def _token_keys(stack: Stack) -> dict[str, frozenset[str]]:
    """By API: the keys of the authorizer's context that become the Authorization header."""

    def build() -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for resource in stack.of_type(*sorted(ROUTE_TYPES)):
            for api in apis_of_resource(resource, stack):
                found[api] = found.get(api, frozenset()) | frozenset(_mapped(resource, stack))
        return found

    keys: dict[str, frozenset[str]] = stack.memo("token keys", build)
    return keys


def _mapped(resource: JudgedResource, stack: Stack) -> Iterator[str]:
    for route in routes(resource, stack):
        for source in route.integration.header(HEADER) if route.integration else ():
            if source.is_text:
                yield from KEY.findall(source.text())


RULE = StackRule(
    name="apigateway-token-stays-inside",
    title="Logs and gateway responses do not contain the token.",
    severity=Severity.HIGH,
    why=(
        "The authorizer's context contains the token under the key that is mapped to the "
        "Authorization header. In an access log everyone who reads the log can use it, and in a "
        "gateway response the caller receives a token that only the backend should see."
    ),
    fix="leave $context.authorizer.authorization out of access_log_settings and gateway responses",
    page="API Gateway mapping template and access logging variable reference",
    url=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "api-gateway-mapping-template-reference.html"
    ),
    frameworks=("CWE 532",),
    types=frozenset({types.REST_STAGE, types.REST_API, RESPONSE, METHOD_RESPONSE}),
    check=_check,
)
