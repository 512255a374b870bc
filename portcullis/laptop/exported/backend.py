"""The backend of an exported graph: the HTTP integrations call another URL."""

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from portcullis.graph.resource import Graph, Resource
from portcullis.laptop.exported.errors import SubstitutionError

REST_API = "aws:apigateway/restApi:RestApi"
OUTPUT = "backendUrl"
HTTP_INTEGRATIONS = {"http", "http_proxy"}


def with_backend(graph: Graph, url: str) -> Graph:
    """Every HTTP integration calls ``url`` in place of the stack's backend; the rest stays.

    Args:
        graph: the exported graph.
        url: scheme, host and port, and the path that the backend's own paths follow.

    Raises:
        SubstitutionError: integrations with several backends.
    """
    backends = backend_urls(graph)
    if len(backends) != 1:
        raise SubstitutionError(
            "--backend replaces one backend, and the integrations of this export call "
            f"{len(backends)}: {', '.join(backends) or 'none'}."
        )
    (old,), new = backends, url.rstrip("/")
    for api in graph.of_type(REST_API):
        body = _mapped_uris(api, lambda uri: new + uri.removeprefix(old))
        graph = graph.with_properties(api, {"body": body})
    if graph.stack_outputs.get(OUTPUT) is not None:
        graph = replace(graph, stack_outputs={**graph.stack_outputs, OUTPUT: new})
    return graph


def backend_urls(graph: Graph) -> list[str]:
    """What the HTTP integrations call: the stack's output, or else scheme, host and port of each.

    Raises:
        SubstitutionError: a REST API without an OpenAPI body.
    """
    uris: list[str] = []

    def collect(uri: str) -> str:
        uris.append(uri)
        return uri

    for api in graph.of_type(REST_API):
        _mapped_uris(api, collect)
    output = str(graph.stack_outputs.get(OUTPUT) or "").rstrip("/")
    if output and uris and all(uri == output or uri.startswith(f"{output}/") for uri in uris):
        return [output]
    return sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, uris)})


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
