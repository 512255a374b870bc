"""The routes of a picture, from the OpenAPI bodies; their scopes, from the authorizer's zip."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from portcullis.graph.resource import Graph, archive_path

REST_API = "aws:apigateway/restApi:RestApi"
FUNCTION = "aws:lambda/function:Function"
ROUTES_FILE = "authorizer/routes.json"
_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
_INTEGRATION = "x-amazon-apigateway-integration"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_FROM_AUTHORIZER = "context.authorizer."


@dataclass(frozen=True, kw_only=True)
class DrawnRoute:
    """One method of one path. ``backend`` is None where API Gateway answers by itself."""

    method: str
    path: str
    scope: str | None
    backend: str | None
    has_authorizer: bool
    maps_token: bool


def read_routes(graph: Graph) -> Iterator[DrawnRoute]:
    """The routes of every REST API, those that API Gateway answers last."""
    scopes = _scopes(graph)
    found = [route for document in _bodies(graph) for route in _of_body(document, scopes)]
    yield from (route for route in found if route.backend is not None)
    yield from (route for route in found if route.backend is None)


def _bodies(graph: Graph) -> Iterator[Mapping[str, Any]]:
    for api in graph.of_type(REST_API):
        body = api.property("body")
        try:
            document = json.loads(body) if isinstance(body, str) else None
        except ValueError:  # unknown in a preview, or YAML: there is nothing to draw
            document = None
        if isinstance(document, Mapping):
            yield document


def _of_body(
    document: Mapping[str, Any], scopes: Mapping[tuple[str, str], str]
) -> Iterator[DrawnRoute]:
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    authorizers = {name for name, scheme in schemes.items() if _AUTHORIZER in scheme}
    for path, item in (document.get("paths") or {}).items():
        for method in _METHODS:
            operation = item.get(method)
            if operation is None:
                continue
            required = operation.get("security", document.get("security")) or [{}]
            parameters = operation.get(_INTEGRATION, {}).get("requestParameters") or {}
            source = parameters.get("integration.request.header.Authorization", "")
            yield DrawnRoute(
                method=method.upper(),
                path=path,
                scope=scopes.get((method.upper(), path)),
                backend=_backend(operation.get(_INTEGRATION) or {}),
                has_authorizer=all(authorizers & set(one) for one in required),
                maps_token=str(source).startswith(_FROM_AUTHORIZER),
            )


def _backend(integration: Mapping[str, Any]) -> str | None:
    kind, uri = str(integration.get("type")).lower(), str(integration.get("uri", ""))
    if kind == "mock":
        return None
    if kind.startswith("aws"):
        name = uri.partition(":function:")[2].partition("/")[0].partition(":")[0]
        return f"Lambda function {name}" if name else "an AWS service"
    parts = urlsplit(uri)
    address = f"{parts.scheme}://{parts.hostname or ''}" + (f":{parts.port}" if parts.port else "")
    private = str(integration.get("connectionType")).upper() == "VPC_LINK"
    return f"{address} by VPC link" if private else address


def _scopes(graph: Graph) -> dict[tuple[str, str], str]:
    """The scope of each method and path, as the authorizer's zip has them."""
    found: dict[tuple[str, str], str] = {}
    for function in graph.of_type(FUNCTION):
        path = archive_path(function.property("code"))
        if path is None:
            continue
        try:
            with zipfile.ZipFile(path) as archive:
                listed = json.loads(archive.read(ROUTES_FILE))
        except (OSError, KeyError, ValueError, zipfile.BadZipFile):
            continue  # another function, or a deployed one whose zip is not on this machine
        found |= {(route["method"], route["path"]): route["scope"] for route in listed}
    return found
