"""Defines a mutant and the edits of a graph that create one."""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portcullis.graph.resource import Graph, Resource, ResourceFlags

Path = tuple[str | int, ...]
GONE = object()  # as a value: remove the property
Edit = tuple[str, Path, Any]  # what it weakens, where, and the new value


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A changed graph. ``what`` describes the change of ``target``, a resource's name."""

    target: str
    what: str
    graph: Graph

    def __str__(self) -> str:
        return f"{self.target}: {self.what}"


def without(graph: Graph, gone: Resource) -> Graph:
    """The graph without this resource and without references to it."""
    return replace(
        graph,
        resources=tuple(_without_references(r, gone.urn) for r in graph if r.urn != gone.urn),
    )


def with_resource(graph: Graph, *added: Resource) -> Graph:
    return replace(graph, resources=graph.resources + added)


def with_instead(graph: Graph, changed_resource: Resource) -> Graph:
    """The graph with the resource of the same URN replaced."""
    urn = changed_resource.urn
    return replace(graph, resources=tuple(changed_resource if r.urn == urn else r for r in graph))


def with_flags(graph: Graph, target: Resource, flags: ResourceFlags) -> Graph:
    return with_instead(graph, replace(target, flags=flags))


def with_value(graph: Graph, target: Resource, path: Path, value: Any) -> Graph:
    """The graph with one property, or a value inside one, replaced or removed."""
    return with_instead(graph, changed(target, path, value))


def changed(target: Resource, path: Path, value: Any) -> Resource:
    """A resource with one value replaced, in its inputs and outputs."""
    return replace(
        target,
        inputs=_replaced(target.inputs, path, value),
        outputs=_replaced(target.outputs, path, value),
    )


def literal(target: Resource, key: str, value: Any) -> Resource:
    """A resource with one property set to a literal, or removed, without its dependencies."""
    return replace(
        changed(target, (key,), value),
        property_dependencies={k: v for k, v in target.property_dependencies.items() if k != key},
    )


def with_document(graph: Graph, target: Resource, name: str, path: Path, value: Any) -> Graph:
    """The graph with one value replaced or removed in the JSON document of a string property."""
    document = _replaced(json.loads(target.inputs[name]), path, value)
    return with_value(graph, target, (name,), json.dumps(document, sort_keys=True))


def twin(original: Resource, name: str, **changes: Any) -> Resource:
    """A copy of a resource; ``changes`` replaces properties, GONE removes them."""
    copied = replace(original, urn=f"{original.urn.rpartition('::')[0]}::{name}", name=name)
    for key, value in changes.items():
        copied = literal(copied, key, value)
    return copied


def fresh(
    graph: Graph,
    type_: str,
    name: str,
    inputs: Mapping[str, Any],
    uses: Mapping[str, Sequence[Resource]] | None = None,
) -> Resource:
    """A new resource."""
    return Resource(
        urn=f"urn:pulumi:{graph.stack}::{graph.project}::{type_}::{name}",
        type=type_,
        name=name,
        inputs=inputs,
        outputs=inputs,
        dependencies=tuple(r.urn for users in (uses or {}).values() for r in users),
        property_dependencies={
            key: tuple(resource.urn for resource in used) for key, used in (uses or {}).items()
        },
    )


def value_at(properties: Mapping[str, Any], path: Path) -> Any:
    """The value at a path, or GONE."""
    place: Any = properties
    for step in path:
        try:
            place = place[step]
        except (KeyError, IndexError, TypeError):
            return GONE
    return place


def _replaced(properties: Mapping[str, Any], path: Path, value: Any) -> Mapping[str, Any]:
    result = copy.deepcopy(dict(properties))
    place: Any = result
    for step in path[:-1]:
        # Create missing blocks, so that no edit is lost.
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    if value is not GONE:
        place[path[-1]] = value
    elif isinstance(place, dict):
        place.pop(path[-1], None)
    else:
        del place[path[-1]]
    return result


def _without_references(resource: Resource, urn: str) -> Resource:
    return replace(
        resource,
        dependencies=tuple(d for d in resource.dependencies if d != urn),
        property_dependencies={
            key: tuple(d for d in urns if d != urn)
            for key, urns in resource.property_dependencies.items()
        },
    )
