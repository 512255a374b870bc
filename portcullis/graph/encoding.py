"""Converts a graph to JSON and back, for the pipe to the child process."""

from dataclasses import asdict
from typing import Any

from portcullis.graph.resource import Graph, Resource, ResourceFlags, SourcePosition


def graph_to_json(graph: Graph) -> dict[str, Any]:
    return asdict(graph)


def graph_from_json(encoded: dict[str, Any]) -> Graph:
    """Inverse of :func:`graph_to_json`, from parsed JSON."""
    return Graph(
        project=encoded["project"],
        stack=encoded["stack"],
        resources=tuple(_resource(item) for item in encoded["resources"]),
        stack_outputs=encoded["stack_outputs"],
    )


def _resource(item: dict[str, Any]) -> Resource:
    flags: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in item["flags"].items()
    }
    source = item["source"]
    return Resource(
        **{k: v for k, v in item.items() if k not in _CONVERTED},
        dependencies=tuple(item["dependencies"]),
        property_dependencies={k: tuple(v) for k, v in item["property_dependencies"].items()},
        flags=ResourceFlags(**flags),
        source=SourcePosition(**source) if source else None,
    )


_CONVERTED = {"dependencies", "property_dependencies", "flags", "source"}
