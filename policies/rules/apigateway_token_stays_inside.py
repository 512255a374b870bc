"""Refuses logs and answers that contain the token that the backend receives."""

import re
from collections.abc import Iterator
from contextlib import suppress

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.body import UnreadableBodyError, body_of
from policies.reading.judged_apis import apis_of_resource, calls_authorizer
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack, once_per_stack
from policies.reading.routes import ROUTE_TYPES, routes
from policies.reading.templates import WHOLE_CONTEXT
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

RESPONSE = "aws:apigateway/response:Response"
METHOD_RESPONSE = "aws:apigateway/integrationResponse:IntegrationResponse"
HTTP_RESPONSE = "aws:apigatewayv2/integrationResponse:IntegrationResponse"
RESPONSES = "x-amazon-apigateway-gateway-responses"
STAGES = (types.REST_STAGE, types.HTTP_STAGE)
WITH_BODY = (types.REST_API, types.REST_API_PUT, types.HTTP_API)
URI_KEYS = {types.REST_INTEGRATION: "uri", types.HTTP_INTEGRATION: "integrationUri"}
# API Gateway API Reference, PutIntegration: the URI of an action of another service.
SIGNING = re.compile(r":kms:(?:action/Sign|path/)", re.IGNORECASE)
HEADER = "Authorization"
# Parameters of REST APIs, of HTTP APIs.
URL = re.compile(r"^integration\.request\.(?:path|\w*querystring)\.|:(?:path|querystring)")
URL_OVERRIDE = re.compile(r"requestOverride\W+(?:path|querystring)\b", re.IGNORECASE)
# A Lambda proxy integration maps no header. The function reads the token from this key.
KEY_OF_FUNCTIONS = "authorization"
KEY = re.compile(r"\$?context\.authorizer\.([A-Za-z0-9_-]+)")
# The authorizer's context, which a template reads with brackets or a method such as get().
OF_AUTHORIZER = re.compile(r"context\.authorizer(?!\.?[A-Za-z0-9_-])|context\.authorizer\.\w+\(")


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    yield from _check_minting(resource, stack)
    for keys in _token_keys_of(resource, stack):
        for label, place in _places(resource, stack):
            for leaf in place.leaves():
                text = leaf.leaf()
                if isinstance(text, str) and _may_contain(keys, text):
                    yield f"{label}{leaf.path} contains the token of the caller."


def _check_minting(resource: JudgedResource, stack: Stack) -> Iterator[str]:
    """A route that calls the authorizer or KMS itself answers with a token of the caller's choice.

    A request template makes the event, with the certificate of whomever the caller names.
    """
    called: list[tuple[str, str, Node]] = []
    if resource.type in WITH_BODY:
        listed = routes(resource, stack)
        # The references of a body are not of one route.
        called = [(f"{r.label}: ", "", r.integration.uri) for r in listed if r.integration]
    elif resource.type in URI_KEYS:
        key = URI_KEYS[resource.type]
        called = [("", key, resource[key])]
    for label, key, uri in called:
        if calls_authorizer(uri, key, resource, stack):
            yield f"{label}{uri.path} calls the authorizer, whose answer contains a token."
        elif uri.is_text and SIGNING.search(uri.text()):
            yield f"{label}{uri.path} lets a caller sign with KMS."


def _may_contain(keys: frozenset[str], text: str) -> bool:
    reads_any = bool(OF_AUTHORIZER.search(text) or WHOLE_CONTEXT.search(text))
    return bool(keys) and (reads_any or not keys.isdisjoint(KEY.findall(text)))


def _places(resource: JudgedResource, stack: Stack) -> Iterator[tuple[str, Node]]:
    """What reaches a log or the caller, each with the label of its route."""
    if resource.type in STAGES:
        yield "", resource["accessLogSettings"]
    elif resource.type in (RESPONSE, METHOD_RESPONSE, HTTP_RESPONSE):
        yield "", resource["responseParameters"]
        yield "", resource["responseTemplates"]
    elif resource.type in URI_KEYS:
        for node in _of_url(resource["requestParameters"], resource["requestTemplates"]):
            yield "", node
        if resource.type == types.HTTP_INTEGRATION:  # those of REST APIs are resources
            yield "", resource["responseParameters"]
    else:
        yield "", body_of(resource)[RESPONSES]
        for route in routes(resource, stack):
            if route.integration is not None:
                yield f"{route.label}: ", route.integration.responses
                for node in _of_url(route.integration.parameters, route.integration.templates):
                    yield f"{route.label}: ", node


def _of_url(parameters: Node, templates: Node) -> list[Node]:
    """The sources of the backend's path and query string, which proxies and backends log.

    A template that overrides one of them may take any value that it reads.
    """
    overriding = [
        one for _, one in templates.entries() if one.is_text and URL_OVERRIDE.search(one.text())
    ]
    return [*(source for key, source in parameters.entries() if URL.search(key)), *overriding]


def _token_keys_of(resource: JudgedResource, stack: Stack) -> list[frozenset[str]]:
    """The token keys of each API of a resource.

    The id of an API may be written as text: then the resource may be of any API of the stack.
    """
    keys = _token_keys(stack)
    apis = list(apis_of_resource(resource, stack))
    if not apis:
        return [frozenset().union(*keys.values())]
    return [keys.get(api, frozenset()) for api in apis]


@once_per_stack
def _token_keys(stack: Stack) -> dict[str, frozenset[str]]:
    """By API: the keys of the authorizer's context that become the Authorization header.

    An API with an authorizer that maps no token, as to a MOCK integration, has those of all APIs.
    """
    found: dict[str, frozenset[str]] = {}
    authorized: set[str] = set()
    for resource in stack.of_type(*sorted(ROUTE_TYPES)):
        with suppress(UnreadableBodyError):  # apigateway-body-is-readable
            apis = list(apis_of_resource(resource, stack))
            mapped = frozenset(_mapped(resource, stack))
            for api in apis:
                found[api] = found.get(api, frozenset()) | mapped
            if any(route.authorizers for route in routes(resource, stack)):
                authorized.update(apis)
    anywhere = frozenset().union(*found.values())
    return {api: keys or (anywhere if api in authorized else keys) for api, keys in found.items()}


def _mapped(resource: JudgedResource, stack: Stack) -> Iterator[str]:
    for route in routes(resource, stack):
        if route.integration is None:
            continue
        if route.integration.is_function_proxy and route.authorizers:
            yield KEY_OF_FUNCTIONS
        for source in route.integration.header(HEADER):
            if source.is_text:
                yield from KEY.findall(source.text())


RULE = StackRule(
    name="apigateway-token-stays-inside",
    title="Logs and responses do not contain the token.",
    severity=Severity.HIGH,
    why=(
        "The authorizer's context contains the token under the key that is mapped to the "
        "Authorization header. In an access log everyone who reads the log can use it, and in a "
        "gateway response or the response of an integration the caller receives a token that only "
        "the backend should see. A route that calls the authorizer's function answers with a token "
        "for whatever certificate the caller names."
    ),
    fix="leave $context.authorizer.authorization out of access_log_settings and responses",
    page="API Gateway mapping template and access logging variable reference",
    url=API_GATEWAY_GUIDE + "api-gateway-mapping-template-reference.html",
    frameworks=("CWE 532",),
    types=frozenset({*STAGES, *WITH_BODY, *URI_KEYS, RESPONSE, METHOD_RESPONSE, HTTP_RESPONSE}),
    check=_check,
)
