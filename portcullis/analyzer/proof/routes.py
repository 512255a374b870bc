"""Mutants of the OpenAPI body: each route loses each of its guards in turn."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.mutant import GONE, Edit, Mutant, with_document, with_value
from portcullis.graph.resource import UNKNOWN, Graph, Resource

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
INTEGRATION = "x-amazon-apigateway-integration"
AUTHORIZER = "x-amazon-apigateway-authorizer"
AUTH = "x-amazon-apigateway-auth"
VALIDATOR = "x-amazon-apigateway-request-validator"
VALIDATORS = "x-amazon-apigateway-request-validators"
CALLERS = "method.request."
HEADER = "integration.request.header."
AUTHORIZATION = f"{HEADER}Authorization"
TOKEN = "context.authorizer.authorization"  # noqa: S105 - where API Gateway keeps it
FUNCTION = re.compile(r":(\d{12}):function:([A-Za-z0-9_-]+)")
FOREIGN_ACCOUNT = "999999999999"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
BARE = {INTEGRATION: {"type": "http_proxy", "uri": "https://backend.example.com"}}

Document = dict[str, Any]

_TEMPLATES = {
    "a template that takes the path from the request": (
        "#set($context.requestOverride.path.id = $input.params('id'))$input.json('$')"
    ),
    "a template that takes Authorization from the request": (
        "#set($context.requestOverride.header.Authorization = $input.params('Authorization'))"
        "$input.json('$')"
    ),
}
_AUTHORIZER_CHANGES: dict[str, Document] = {
    "type token": {"type": "token"},
    "type cognito_user_pools": {"type": "cognito_user_pools"},
    "cached by default": {"authorizerResultTtlInSeconds": None, "identitySource": None},
    "cached by a header": {
        "authorizerResultTtlInSeconds": 60,
        "identitySource": "method.request.header.Authorization",
    },
    "cached by the subject DN": {
        "authorizerResultTtlInSeconds": 60,
        "identitySource": "context.identity.clientCert.subjectDN",
    },
    "cached for an hour": {
        "authorizerResultTtlInSeconds": 3600,
        "identitySource": "context.identity.clientCert.clientCertPem",
    },
    "a role of another account": {
        "authorizerCredentials": f"arn:aws:iam::{FOREIGN_ACCOUNT}:role/invoker"
    },
}


def route_mutants(graph: Graph) -> Iterator[Mutant]:
    for api in graph.of_type(types.REST_API):
        body = api.inputs.get("body")
        if not isinstance(body, str) or body == UNKNOWN:
            continue
        document = json.loads(body)
        edits = [*_route_edits(document), *_scheme_edits(document), *_document_edits(document)]
        for what, path, value in edits:
            mutated = with_document(graph, api, "body", path, value)
            yield Mutant(target=api.name, what=what, graph=mutated)
        yield from _whole_body(graph, api)


def _whole_body(graph: Graph, api: Resource) -> Iterator[Mutant]:
    for what, value in (
        ("body unknown in a preview", UNKNOWN),
        ("body that is not a document", "{openapi: ["),
    ):
        yield Mutant(target=api.name, what=what, graph=with_value(graph, api, ("body",), value))


def _route_edits(document: Document) -> Iterator[Edit]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            # The pack refuses a route without an integration.
            if method not in METHODS or INTEGRATION not in operation:
                continue
            integration = operation[INTEGRATION]
            if integration["type"] == "mock":
                continue
            integrations = [*_backend_edits(integration), *_mapping_edits(integration)]
            edits: list[Edit] = [
                *_operation_edits(operation),
                *((what, (INTEGRATION,), integration | new) for what, new in integrations),
            ]
            for what, steps, value in edits:
                yield f"{method.upper()} {path}: {what}", ("paths", path, method, *steps), value


def _operation_edits(operation: Document) -> Iterator[Edit]:
    optional = [*operation.get("security", []), {}]
    yield "no security", ("security",), GONE
    yield "empty security", ("security",), []
    yield "security with an empty alternative", ("security",), optional
    yield "authorization NONE by extension", (AUTH,), {"type": "NONE"}
    yield "authorization AWS_IAM by extension", (AUTH,), {"type": "AWS_IAM"}
    yield "a scheme that is not declared", ("security",), [{"undeclared": []}]
    yield "no integration", (INTEGRATION,), GONE
    yield "a validator that checks nothing", (VALIDATOR,), "nothing"


def _backend_edits(integration: Document) -> Iterator[tuple[str, Document]]:
    """Properties of an integration with which a backend gets too little or too much."""
    if integration["type"] == "aws_proxy":
        mapped = {"requestParameters": {AUTHORIZATION: TOKEN}}
        yield "a header mapping that has no effect", mapped
        return
    parameters = integration.get("requestParameters", {})
    token = parameters.get(AUTHORIZATION, TOKEN)
    if not _is_plain_already(integration):
        yield "backend over plain HTTP", {"uri": "http://backend.example.com"}
    yield "backend's certificate not verified", {"tlsConfig": {"insecureSkipVerification": True}}
    for what, template in _TEMPLATES.items():
        yield what, {"type": "http", "requestTemplates": {"application/json": template}}
    returned = {
        "statusCode": "200",
        "responseParameters": {"method.response.header.X-Token": token},
    }
    yield "an integration's response that contains the token", {"responses": {"default": returned}}
    resource = {"integration.request.path.resource": "method.request.querystring.resource"}
    yield (
        "the backend's path mapped from the query string",
        {
            "uri": "https://backend.example.com/{resource}",
            "requestParameters": parameters | resource,
        },
    )
    yield "the backend's host mapped from the path", {"uri": "https://{host}.example.com/"}
    in_query = parameters | {"integration.request.querystring.token": token}
    yield "the token in the backend's query string", {"requestParameters": in_query}


def _is_plain_already(integration: Document) -> bool:
    """Whether the route already calls its backend over plain HTTP, which a waiver may allow."""
    uri = urlsplit(integration["uri"])
    return uri.scheme == "http" and uri.hostname not in LOOPBACK


def _mapping_edits(integration: Document) -> Iterator[tuple[str, Document]]:
    mapped = integration.get("requestParameters", {})
    for name, source in mapped.items():
        header = name.removeprefix(HEADER)
        # A header parameter of the contract is the caller's own, and no gate's.
        is_gates = name.startswith(HEADER) and not source.startswith(CALLERS)
        if not is_gates or name.endswith("X-Request-Id"):
            continue
        others = {key: value for key, value in mapped.items() if key != name}
        for what, parameters in (
            ("not mapped", others),
            ("mapped from the caller's header", mapped | {name: f"{CALLERS}header.{header}"}),
            ("mapped to another header", others | {f"{HEADER}X-Other": source}),
        ):
            yield f"{header} {what}", {"requestParameters": parameters}


def _scheme_edits(document: Document) -> Iterator[Edit]:
    for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
        if AUTHORIZER not in scheme:
            continue
        authorizer = scheme[AUTHORIZER]
        uri = authorizer["authorizerUri"]
        here = ("components", "securitySchemes", name, AUTHORIZER)
        for what, changes in _AUTHORIZER_CHANGES.items():
            changed = authorizer | changes
            kept = {key: value for key, value in changed.items() if value is not None}
            yield f"{name}: {what}", here, kept
        yield f"{name}: a route that calls its function", ("paths", "/mint"), _minting_route(uri)
        for what, other in _other_functions(uri):
            yield f"{name}: {what}", (*here, "authorizerUri"), other


def _minting_route(uri: str) -> Document:
    """A route with the authorizer as its backend: a template makes the event."""
    template = {"application/json": "$input.json('$')"}
    integration = {"type": "aws", "httpMethod": "POST", "uri": uri, "requestTemplates": template}
    return {"post": {INTEGRATION: integration}}


def _other_functions(uri: str) -> Iterator[tuple[str, str]]:
    if match := FUNCTION.search(uri):
        account, function = match.groups()
        foreign = uri.replace(f":{account}:", f":{FOREIGN_ACCOUNT}:")
        yield "a function of another account", foreign
        other = f"{function}-of-another-stack"
        yield "a function of another stack", uri.replace(f":{function}", f":{other}")


def _document_edits(document: Document) -> Iterator[Edit]:
    yield (
        "default endpoint enabled by the document",
        ("x-amazon-apigateway-endpoint-configuration",),
        {"disableExecuteApiEndpoint": False},
    )
    yield (
        "a gateway response that contains the token",
        ("x-amazon-apigateway-gateway-responses", "DEFAULT_5XX"),
        {"responseTemplates": {"application/json": f'{{"debug": "${TOKEN}"}}'}},
    )
    yield "a route added without an authorizer", ("paths", "/admin"), {"get": BARE}
    any_method = {"x-amazon-apigateway-any-method": BARE}
    yield "a catch-all route added without an authorizer", ("paths", "/{proxy+}"), any_method
    elsewhere = {"$ref": "https://example.com/more.json"}
    yield "a path that refers to another document", ("paths", "/more"), elsewhere
    yield "no request validator", (VALIDATOR,), GONE
    lenient = {
        name: validator | {"validateRequestBody": False}
        for name, validator in document.get(VALIDATORS, {}).items()
    }
    yield "validators that do not check bodies", (VALIDATORS,), lenient
