"""Reads the routes of an API with their authorizers and integrations.

A route can be declared in four ways: an OpenAPI body (string or mapping) of a REST or HTTP API,
``apigateway.Method`` with ``apigateway.Integration``, ``apigatewayv2.Route`` with
``apigatewayv2.Integration``, and the "quick create" of an HTTP API.
Source: API Gateway Developer Guide, "OpenAPI extensions for API Gateway".
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from policies.reading import types
from policies.reading.body import UnreadableBodyError, body_of
from policies.reading.node import Node, UndecidedError
from policies.reading.resource import JudgedResource, Stack, once_per_stack
from policies.reading.templates import may_override_headers, may_override_path

ROUTE_TYPES = frozenset(
    {types.REST_API, types.REST_API_PUT, types.REST_METHOD, types.HTTP_API, types.HTTP_ROUTE}
)
HTTP_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
ANY = "x-amazon-apigateway-any-method"
ITSELF = "it"  # a route that is a resource of its own; messages start with its name
DEFAULT_CACHE_SECONDS = 300  # API Gateway API Reference, CreateAuthorizer
# A host with a parameter of the request; a stage variable is a value of the program.
HOST_PARAMETER = re.compile(r"[a-z]+://[^/]*(?<!\$)\{", re.IGNORECASE)
# Parameters that select a resource of the backend.
TARGET = re.compile(
    r"integration\.request\.(?:path\.[^.]+|(?:multivalue)?header\.host)|\w+:(?:path|header\.host)",
    re.IGNORECASE,
)
FIXED_SOURCES = (
    "method.request.path.",
    "'",
    "stageVariables.",
    "context.authorizer.",
    "context.stage",
    "$request.path",
    "$stageVariables.",
    "$context.authorizer.",
    "$context.stage",
    "/",  # a literal of an HTTP API
)
_ABSENT = Node(None)
_DESTINATIONS = (  # REST APIs; HTTP APIs, where "append:" would keep the caller's own header
    "integration.request.header.",
    "integration.request.multivalueheader.",
    "overwrite:header.",
)


@dataclass(frozen=True, kw_only=True)
class DeclaredAuthorizer:
    """An authorizer of a route. ``kind`` is lower case: request, token, jwt, aws_iam."""

    kind: str
    cache_seconds: Node = _ABSENT
    identity_source: Node = _ABSENT
    uri: Node = _ABSENT  # of the function, for request and token
    credentials: Node = _ABSENT

    @classmethod
    def of(
        cls, node: Node | JudgedResource, *, kind: str = "type", source: str = "identitySource"
    ) -> "DeclaredAuthorizer":
        return cls(
            kind=node[kind].text("TOKEN").lower(),
            cache_seconds=node["authorizerResultTtlInSeconds"],
            identity_source=node[source],
            uri=node["authorizerUri"],
            credentials=node["authorizerCredentials"],
        )

    @classmethod
    def of_resource(cls, authorizer: JudgedResource) -> "DeclaredAuthorizer":
        if authorizer.type == types.REST_AUTHORIZER:
            return cls.of(authorizer)
        return cls.of(authorizer, kind="authorizerType", source="identitySources")

    @property
    def calls_function(self) -> bool:
        return self.kind in {"request", "token"}


@dataclass(frozen=True, kw_only=True)
class DeclaredIntegration:
    """The integration of a route. ``kind`` is lower case: http_proxy, aws_proxy, mock."""

    kind: str
    uri: Node
    parameters: Node
    templates: Node
    tls: Node
    credentials: Node  # the role that the integration uses
    subtype: Node  # of an HTTP API's integration with another service, as in SQS-SendMessage
    method: Node  # of the request to the backend
    responses: Node  # parameters and templates of the answers to the caller

    @classmethod
    def of(
        cls, node: Node | JudgedResource, *, kind: str = "type", uri: str = "uri"
    ) -> "DeclaredIntegration":
        parameters = node["requestParameters"]
        parameters.entries()  # raises if a preview does not know which there are
        return cls(
            kind=node[kind].text().lower(),
            uri=node[uri],
            parameters=parameters,
            templates=node["requestTemplates"],
            tls=node["tlsConfig"],
            credentials=node["credentials"],
            subtype=node["integrationSubtype"],
            method=node["httpMethod"],
            responses=_responses(node),
        )

    @property
    def is_function_proxy(self) -> bool:
        """Whether mappings have no effect: the function receives the request as an event.

        Its ``requestContext.authorizer`` is the authorizer's context, its ``headers`` the caller's.
        """
        return self.kind == "aws_proxy"

    def overrides_headers(self) -> bool:
        """Whether a request template may set a header: that replaces what ``header`` returns."""
        return any(may_override_headers(one.text()) for _, one in self.templates.entries())

    def is_chosen_by_caller(self) -> bool:
        """Whether the request decides which resource of which host the integration calls.

        A parameter of the path may be put into the backend's path: it is a part of the request that
        the authorizer and the web ACL judge.

        Raises:
            UndecidedError: the source of such a parameter is not known in a preview.
        """
        if any(may_override_path(one.text()) for _, one in self.templates.entries()):
            return True
        if self.uri.is_text and HOST_PARAMETER.match(self.uri.text()):
            return True
        return any(
            not source.text().startswith(FIXED_SOURCES)
            for key, source in self.parameters.entries()
            if TARGET.fullmatch(key)
        )

    def header(self, name: str) -> list[Node]:
        """The sources that the integration maps to this header; header names ignore case."""
        wanted = {prefix + name.lower() for prefix in _DESTINATIONS}
        return [source for key, source in self.parameters.entries() if key.lower() in wanted]


def _responses(node: Node | JudgedResource) -> Node:
    """``responses`` of an OpenAPI document, ``responseParameters`` of an HTTP API's integration."""
    return node["responses"] if isinstance(node, Node) else node["responseParameters"]


@dataclass(frozen=True, kw_only=True)
class DeclaredRoute:
    """One method of one path. ``integration`` is None if the stack does not declare one."""

    label: str  # "GET /orders" of a body
    authorizers: tuple[DeclaredAuthorizer, ...]
    integration: DeclaredIntegration | None
    operation: Node | None = None  # of the OpenAPI body
    document: Node | None = None

    @property
    def proxied(self) -> bool:
        """Whether a request may reach a backend; only a MOCK integration certainly does not."""
        return self.integration is None or self.integration.kind != "mock"


def routes(resource: JudgedResource, stack: Stack) -> Iterator[DeclaredRoute]:
    """The routes that one resource declares.

    Raises:
        UnreadableBodyError: a body or a route that is not known in a preview, malformed or
            incomplete.
    """
    found, error = _readable(stack, resource)
    yield from found
    if error is not None:
        raise UnreadableBodyError(str(error)) from error


@once_per_stack
def _readable(
    stack: Stack, resource: JudgedResource
) -> tuple[list[DeclaredRoute], UndecidedError | None]:
    """The routes before the first one that cannot be read, and why it cannot be read."""
    found: list[DeclaredRoute] = []
    try:
        for route in _declared(resource, stack):
            found.append(route)
    except UndecidedError as error:
        return found, error
    return found, None


def _declared(resource: JudgedResource, stack: Stack) -> Iterator[DeclaredRoute]:
    if resource.type in {types.REST_API, types.REST_API_PUT, types.HTTP_API}:
        if resource["body"].present:
            yield from _of_body(body_of(resource))
        if resource["target"].present or resource["routeKey"].present:
            yield DeclaredRoute(label="quick create", authorizers=(), integration=None)
    elif resource.type == types.REST_METHOD:
        yield _of_method(resource, stack)
    elif resource.type == types.HTTP_ROUTE:
        yield _of_http_route(resource, stack)


def _of_body(document: Node) -> Iterator[DeclaredRoute]:
    for path, item in document["paths"].entries():
        if item["$ref"].present:
            raise UnreadableBodyError(f"{item.path} refers to another document")
        for method, operation in item.entries():
            if method.lower() in HTTP_METHODS or method == ANY:
                verb = "ANY" if method == ANY else method.upper()
                integration = _local(document, operation["x-amazon-apigateway-integration"])
                yield DeclaredRoute(
                    label=f"{verb} {path}",
                    authorizers=tuple(_of_security(document, operation)),
                    integration=DeclaredIntegration.of(integration)
                    if integration.present
                    else None,
                    operation=operation,
                    document=document,
                )


def _of_security(document: Node, operation: Node) -> Iterator[DeclaredAuthorizer]:
    """The authorizers of an operation; none if any alternative requires no authorizer.

    API Gateway does not read ``security`` at the document's root.
    """
    declared = operation["x-amazon-apigateway-auth"]["type"].text("CUSTOM")
    if declared.upper() not in {"CUSTOM", "NONE"}:
        yield DeclaredAuthorizer(kind=declared.lower())
    alternatives = [list(_of_alternative(document, one)) for one in operation["security"].items()]
    if declared.upper() == "NONE" or not all(alternatives):
        return
    for authorizers in alternatives:
        yield from authorizers


def _of_alternative(document: Node, alternative: Node) -> Iterator[DeclaredAuthorizer]:
    """The authorizers of one alternative of a security list.

    A plain API key identifies a usage plan; it does not replace an authorizer.
    """
    for name, _ in alternative.entries():
        scheme = _scheme(document, name)
        authorizer = scheme["x-amazon-apigateway-authorizer"]
        if authorizer.present:
            yield DeclaredAuthorizer.of(_local(document, authorizer))
        elif scheme["x-amazon-apigateway-authtype"].present:
            kind = scheme["x-amazon-apigateway-authtype"].text().lower()
            yield DeclaredAuthorizer(kind=kind)


def _scheme(document: Node, name: str) -> Node:
    for schemes in (document["components"]["securitySchemes"], document["securityDefinitions"]):
        if schemes[name].present:
            return _local(document, schemes[name])
    raise UnreadableBodyError(
        f"the security scheme {name!r} of the OpenAPI document is not declared"
    )


def _local(document: Node, node: Node) -> Node:
    """Follow one ``$ref`` within the document."""
    if not (node.known and node.is_mapping and node["$ref"].present):
        return node
    reference = node["$ref"].text()
    if not reference.startswith("#/"):
        raise UnreadableBodyError(f"{node.path} refers to another document")
    target = document
    for step in reference.removeprefix("#/").split("/"):
        target = target[step.replace("~1", "/").replace("~0", "~")]
    if not target.present:
        raise UnreadableBodyError(f"{node.path} refers to a missing part of the document")
    return target


def _of_method(method: JudgedResource, stack: Stack) -> DeclaredRoute:
    declared = method["authorization"].text("NONE").upper()
    return DeclaredRoute(
        label=ITSELF,
        authorizers=_of_declaration(method, declared, stack),
        integration=_integration_of_method(method, stack),
    )


def _of_declaration(
    resource: JudgedResource, declared: str, stack: Stack
) -> tuple[DeclaredAuthorizer, ...]:
    if declared == "NONE":
        return ()
    if declared != "CUSTOM":
        return (DeclaredAuthorizer(kind=declared.lower()),)
    found = stack.used_by(resource, "authorizerId", types.REST_AUTHORIZER, types.HTTP_AUTHORIZER)
    if not found:
        raise UndecidedError("authorizerId does not refer to an authorizer of this stack")
    return tuple(map(DeclaredAuthorizer.of_resource, found))


def _integration_of_method(method: JudgedResource, stack: Stack) -> DeclaredIntegration | None:
    """The integration with the same API, resource and HTTP method."""
    for candidate in _integrations(stack)[_api_and_path(method)]:
        if (
            method.urn in candidate.uses("httpMethod")
            or candidate["httpMethod"].text().upper() == method["httpMethod"].text().upper()
        ):
            return DeclaredIntegration.of(candidate)
    return None


@once_per_stack
def _integrations(
    stack: Stack,
) -> defaultdict[tuple[frozenset[str], frozenset[str]], list[JudgedResource]]:
    index = defaultdict(list)
    for integration in stack.of_type(types.REST_INTEGRATION):
        index[_api_and_path(integration)].append(integration)
    return index


def _api_and_path(resource: JudgedResource) -> tuple[frozenset[str], frozenset[str]]:
    return resource.uses("restApi"), resource.uses("resourceId")


def _of_http_route(route: JudgedResource, stack: Stack) -> DeclaredRoute:
    integrations = stack.used_by(route, "target", types.HTTP_INTEGRATION)
    return DeclaredRoute(
        label=ITSELF,
        authorizers=_of_declaration(route, route["authorizationType"].text("NONE").upper(), stack),
        integration=(
            DeclaredIntegration.of(integrations[0], kind="integrationType", uri="integrationUri")
            if integrations
            else None
        ),
    )
