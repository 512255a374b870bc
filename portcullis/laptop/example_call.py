"""A call that a client of a laptop may make, read from the graph's REST API."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from portcullis import registry
from portcullis.contract.contract import Contract
from portcullis.graph.resource import Graph

REST_API = "aws:apigateway/restApi:RestApi"
_JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class ExampleCall:
    """A GET: its path with the query, and the headers that it requires."""

    path: str
    headers: Mapping[str, str]


def permitted_paths(contract: Path, clients: Path, client: str) -> frozenset[str]:
    """The contract's paths whose GET a client of the registry may call."""
    known = registry.load(clients, known_scopes=None).clients
    scopes = {scope for one in known if one.id == client for scope in one.scopes}
    operations = Contract.load(contract).operations
    return frozenset(o.path for o in operations if o.method == "GET" and o.scope in scopes)


def example_call(graph: Graph, permitted: Collection[str] | None = None) -> ExampleCall | None:
    """The GET to show, with values for its required parameters; None without one.

    One that answers with JSON comes first, then the one with the fewest required parameters.

    Args:
        graph: has the REST API.
        permitted: the paths to choose from; None for all.
    """
    readable = [
        (path, operation)
        for path, operation in _gets(graph)
        if permitted is None or path in permitted
    ]
    if not readable:
        return None
    return _filled(*min(readable, key=lambda one: _effort(*one)))


def _gets(graph: Graph) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The paths with a GET that a backend answers."""
    for api in graph.of_type(REST_API):
        for path, item in json.loads(str(api.property("body")))["paths"].items():
            operation = item.get("get")
            integration = (operation or {}).get("x-amazon-apigateway-integration", {})
            if operation and str(integration.get("type")).lower() != "mock":
                yield path, operation


def _effort(path: str, operation: Mapping[str, Any]) -> tuple[bool, int, str]:
    answers = operation.get("responses", {}).values()
    has_json = any(_JSON in answer.get("content", {}) for answer in answers)
    required = sum(len(_required(operation, place)) for place in ("path", "query", "header"))
    return not has_json, required, path


def _required(operation: Mapping[str, Any], place: str) -> dict[str, str]:
    """The required parameters of one place, each with a value."""
    return {
        parameter["name"]: str(next(iter(parameter.get("schema", {}).get("enum", ())), 1))
        for parameter in operation.get("parameters", ())
        if parameter["in"] == place and parameter.get("required")
    }


def _filled(path: str, operation: Mapping[str, Any]) -> ExampleCall:
    for name, value in _required(operation, "path").items():
        for written in (f"{{{name}}}", f"{{{name}+}}"):
            path = path.replace(written, quote(value, safe=""))
    query = urlencode(_required(operation, "query"))
    return ExampleCall(
        path=f"{path}?{query}" if query else path, headers=_required(operation, "header")
    )
