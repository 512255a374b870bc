"""The backend of an exported graph: the HTTP integrations call another origin."""

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from portcullis.graph.resource import Graph, Resource
from portcullis.laptop.exported.errors import SubstitutionError

REST_API = "aws:apigateway/restApi:RestApi"
HTTP_INTEGRATIONS = {"http", "http_proxy"}


def with_backend(graph: Graph, origin: str) -> Graph:
    """Every HTTP integration calls ``origin``; their paths stay.

    Args:
        graph: the exported graph.
        origin: scheme, host and port, without a path.

    Raises:
        SubstitutionError: integrations with several origins, or an ``origin`` with a path.
    """
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"}:
        raise SubstitutionError(
            f"--backend {origin} must be http:// or https://, a host and a port, without a path."
        )
    origins = sorted(set(integration_origins(graph)))
    if len(origins) != 1:
        raise SubstitutionError(
            "--backend replaces one backend, and the integrations of this export call "
            f"{len(origins)}: {', '.join(origins) or 'none'}."
        )

    def substitute(uri: str) -> str:
        return f"{parts.scheme}://{parts.netloc}" + uri.removeprefix(origins[0])

    for api in graph.of_type(REST_API):
        graph = graph.with_properties(api, {"body": _mapped_uris(api, substitute)})
    if graph.stack_outputs.get("backendUrl") is not None:
        own = f"{parts.scheme}://{parts.netloc}"
        graph = replace(graph, stack_outputs={**graph.stack_outputs, "backendUrl": own})
    return graph


def integration_origins(graph: Graph) -> list[str]:
    """Scheme, host and port of each HTTP integration of the OpenAPI bodies."""
    uris: list[str] = []
    for api in graph.of_type(REST_API):
        _mapped_uris(api, lambda uri: uris.append(uri) or uri)  # type: ignore[func-returns-value]
    return [f"{p.scheme}://{p.netloc}" for p in map(urlsplit, uris)]


def _mapped_uris(api: Resource, substitute: Callable[[str], str]) -> str:
    """The OpenAPI body with the URI of each HTTP integration replaced."""
    body = api.property("body")
    try:
        document = json.loads(body) if isinstance(body, str) else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise SubstitutionError(f"REST API {api.name} has no OpenAPI body in the export.")
    for path in (document.get("paths") or {}).values():
        for operation in path.values() if isinstance(path, dict) else ():
            if not isinstance(operation, dict):
                continue
            integration = operation.get("x-amazon-apigateway-integration")
            if isinstance(integration, dict) and str(integration.get("type")).lower() in (
                HTTP_INTEGRATIONS
            ):
                integration["uri"] = substitute(str(integration.get("uri")))
    return json.dumps(document)
