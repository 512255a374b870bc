"""Mutants of the OpenAPI body: each route loses each of its guards in turn."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.mutant import Mutant, with_document, with_value
from portcullis.graph.resource import UNKNOWN, Graph, Resource

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
INTEGRATION = "x-amazon-apigateway-integration"
AUTHORIZER = "x-amazon-apigateway-authorizer"
VALIDATOR = "x-amazon-apigateway-request-validator"
CALLERS = "method.request."
HEADER = "integration.request.header."
FUNCTION = re.compile(r":(\d{12}):function:([A-Za-z0-9_-]+)")
FOREIGN_ACCOUNT = "999999999999"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Document = dict[str, Any]
Edit = Callable[[Document], None]


def route_mutants(graph: Graph) -> Iterator[Mutant]:
    for api in graph.of_type(types.REST_API):
        if not isinstance(api.inputs.get("body"), str) or api.inputs["body"] == UNKNOWN:
            continue
        document = json.loads(api.inputs["body"])
        edits = [
            *_route_edits(document),
            *_scheme_edits(document),
            *_document_edits(),
        ]
        for what, edit in edits:
            yield Mutant(target=api.name, what=what, graph=with_document(graph, api, "body", edit))
        yield from _whole_body(graph, api)


def _whole_body(graph: Graph, api: Resource) -> Iterator[Mutant]:
    for what, value in (
        ("body unknown in a preview", UNKNOWN),
        ("body that is not a document", "{openapi: ["),
    ):
        yield Mutant(target=api.name, what=what, graph=with_value(graph, api, ("body",), value))


def _route_edits(document: Document) -> Iterator[tuple[str, Edit]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS and operation[INTEGRATION]["type"] != "mock":
                label = f"{method.upper()} {path}"
                edits = _ROUTE_EDITS | (_FUNCTION_EDITS if _is_function(operation) else _HTTP_EDITS)
                for what, edit in edits.items():
                    if edit is not _plain_http or not _is_plain_already(operation):
                        yield f"{label}: {what}", _at(path, method, edit)
                for name, source in operation[INTEGRATION].get("requestParameters", {}).items():
                    # A header parameter of the contract is the caller's own, and no gate's.
                    is_gates = name.startswith(HEADER) and not source.startswith(CALLERS)
                    if is_gates and not name.endswith("X-Request-Id"):
                        yield from _mapping_edits(label, path, method, name)


def _is_function(operation: Document) -> bool:
    return bool(operation[INTEGRATION]["type"] == "aws_proxy")


def _is_plain_already(operation: Document) -> bool:
    """Whether the route already calls its backend over plain HTTP, which a waiver may allow."""
    uri = urlsplit(operation[INTEGRATION]["uri"])
    return uri.scheme == "http" and uri.hostname not in LOOPBACK


def _at(path: str, method: str, edit: Edit) -> Edit:
    return lambda document: edit(document["paths"][path][method])


def _mapping_edits(label: str, path: str, method: str, name: str) -> Iterator[tuple[str, Edit]]:
    header = name.removeprefix(HEADER)

    def unmapped(operation: Document) -> None:
        del operation[INTEGRATION]["requestParameters"][name]

    def from_the_caller(operation: Document) -> None:
        operation[INTEGRATION]["requestParameters"][name] = f"method.request.header.{header}"

    def under_another_name(operation: Document) -> None:
        parameters = operation[INTEGRATION]["requestParameters"]
        parameters[f"{HEADER}X-Other"] = parameters.pop(name)

    yield f"{label}: {header} not mapped", _at(path, method, unmapped)
    yield f"{label}: {header} mapped from the caller's header", _at(path, method, from_the_caller)
    yield f"{label}: {header} mapped to another header", _at(path, method, under_another_name)


def _no_security(operation: Document) -> None:
    del operation["security"]


def _empty_security(operation: Document) -> None:
    operation["security"] = []


def _optional_security(operation: Document) -> None:
    operation["security"] = [*operation["security"], {}]


def _auth_none(operation: Document) -> None:
    operation["x-amazon-apigateway-auth"] = {"type": "NONE"}


def _auth_iam(operation: Document) -> None:
    operation["x-amazon-apigateway-auth"] = {"type": "AWS_IAM"}


def _undeclared_scheme(operation: Document) -> None:
    operation["security"] = [{"undeclared": []}]


def _plain_http(operation: Document) -> None:
    operation[INTEGRATION]["uri"] = "http://backend.example.com"


def _unverified_backend(operation: Document) -> None:
    operation[INTEGRATION]["tlsConfig"] = {"insecureSkipVerification": True}


def _mapped_for_a_function(operation: Document) -> None:
    name, source = f"{HEADER}Authorization", "context.authorizer.authorization"
    operation[INTEGRATION]["requestParameters"] = {name: source}


def _path_from_the_request(operation: Document) -> None:
    template = "#set($context.requestOverride.path.id = $input.params('id'))$input.json('$')"
    _templated(operation, template)


def _header_from_the_request(operation: Document) -> None:
    header = "$context.requestOverride.header.Authorization"
    _templated(operation, f"#set({header} = $input.params('Authorization'))$input.json('$')")


def _resource_from_the_query(operation: Document) -> None:
    operation[INTEGRATION]["uri"] = "https://backend.example.com/{resource}"
    parameters = operation[INTEGRATION].setdefault("requestParameters", {})
    parameters["integration.request.path.resource"] = "method.request.querystring.resource"


def _host_from_the_path(operation: Document) -> None:
    operation[INTEGRATION]["uri"] = "https://{host}.example.com/"


def _token_in_the_query(operation: Document) -> None:
    parameters = operation[INTEGRATION]["requestParameters"]
    parameters["integration.request.querystring.token"] = parameters[f"{HEADER}Authorization"]


def _templated(operation: Document, template: str) -> None:
    operation[INTEGRATION] |= {"type": "http", "requestTemplates": {"application/json": template}}


def _answers_with_the_token(operation: Document) -> None:
    source = operation[INTEGRATION]["requestParameters"][f"{HEADER}Authorization"]
    parameters = {"method.response.header.X-Token": source}
    operation[INTEGRATION]["responses"] = {
        "default": {"statusCode": "200", "responseParameters": parameters}
    }


def _no_integration(operation: Document) -> None:
    del operation[INTEGRATION]


def _unknown_validator(operation: Document) -> None:
    operation[VALIDATOR] = "nothing"


_ROUTE_EDITS: dict[str, Edit] = {
    "no security": _no_security,
    "empty security": _empty_security,
    "security with an empty alternative": _optional_security,
    "authorization NONE by extension": _auth_none,
    "authorization AWS_IAM by extension": _auth_iam,
    "a scheme that is not declared": _undeclared_scheme,
    "no integration": _no_integration,
    "a validator that checks nothing": _unknown_validator,
}
_HTTP_EDITS: dict[str, Edit] = {
    "backend over plain HTTP": _plain_http,
    "backend's certificate not verified": _unverified_backend,
    "a template that takes the path from the request": _path_from_the_request,
    "a template that takes Authorization from the request": _header_from_the_request,
    "an integration's response that contains the token": _answers_with_the_token,
    "the backend's path mapped from the query string": _resource_from_the_query,
    "the backend's host mapped from the path": _host_from_the_path,
    "the token in the backend's query string": _token_in_the_query,
}
_FUNCTION_EDITS: dict[str, Edit] = {
    "a header mapping that has no effect": _mapped_for_a_function,
}


def _scheme_edits(document: Document) -> Iterator[tuple[str, Edit]]:
    for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
        if AUTHORIZER in scheme:
            for what, changes in _AUTHORIZER_CHANGES.items():
                yield f"{name}: {what}", _scheme_edit(name, changes)
            uri = scheme[AUTHORIZER]["authorizerUri"]
            yield f"{name}: a route that calls its function", _minting_route(uri)
            for what, other in _other_functions(uri):
                yield f"{name}: {what}", _scheme_edit(name, {"authorizerUri": other})


def _minting_route(uri: str) -> Edit:
    """A route with the authorizer as its backend: a template makes the event."""
    template = {"application/json": "$input.json('$')"}
    integration = {"type": "aws", "httpMethod": "POST", "uri": uri, "requestTemplates": template}

    def edit(document: Document) -> None:
        document["paths"]["/mint"] = {"post": {INTEGRATION: integration}}

    return edit


def _other_functions(uri: str) -> Iterator[tuple[str, str]]:
    if match := FUNCTION.search(uri):
        account, function = match.groups()
        foreign = uri.replace(f":{account}:", f":{FOREIGN_ACCOUNT}:")
        yield "a function of another account", foreign
        other = f"{function}-of-another-stack"
        yield "a function of another stack", uri.replace(f":{function}", f":{other}")


def _scheme_edit(name: str, changes: Document) -> Edit:
    def edit(document: Document) -> None:
        authorizer = document["components"]["securitySchemes"][name][AUTHORIZER]
        authorizer.update({key: value for key, value in changes.items() if value is not None})
        for key in [key for key, value in changes.items() if value is None]:
            authorizer.pop(key, None)

    return edit


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


def _document_edits() -> Iterator[tuple[str, Edit]]:
    bare = {INTEGRATION: {"type": "http_proxy", "uri": "https://backend.example.com"}}

    def added_route(document: Document) -> None:
        document["paths"]["/admin"] = {"get": bare}

    def added_any(document: Document) -> None:
        document["paths"]["/{proxy+}"] = {"x-amazon-apigateway-any-method": bare}

    def path_elsewhere(document: Document) -> None:
        document["paths"]["/more"] = {"$ref": "https://example.com/more.json"}

    def no_validator(document: Document) -> None:
        document.pop(VALIDATOR, None)

    def lenient_validators(document: Document) -> None:
        for validator in document["x-amazon-apigateway-request-validators"].values():
            validator["validateRequestBody"] = False

    def open_endpoint(document: Document) -> None:
        setting = {"disableExecuteApiEndpoint": False}
        document["x-amazon-apigateway-endpoint-configuration"] = setting

    def leaking_response(document: Document) -> None:
        template = '{"debug": "$context.authorizer.authorization"}'
        responses = document.setdefault("x-amazon-apigateway-gateway-responses", {})
        responses["DEFAULT_5XX"] = {"responseTemplates": {"application/json": template}}

    yield "default endpoint enabled by the document", open_endpoint
    yield "a gateway response that contains the token", leaking_response
    yield "a route added without an authorizer", added_route
    yield "a catch-all route added without an authorizer", added_any
    yield "a path that refers to another document", path_elsewhere
    yield "no request validator", no_validator
    yield "validators that do not check bodies", lenient_validators
