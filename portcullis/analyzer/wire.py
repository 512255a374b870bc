"""Converts a graph to the messages of the Analyzer service, as the engine does.

Source: pulumi/pulumi, sdk/go/common/resource/plugin/analyzer_plugin.go.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2

from portcullis.graph.resource import OUTPUT, Graph, Resource

STACK_TYPE = "pulumi:pulumi:Stack"
STACK_REFERENCE = "pulumi:pulumi:StackReference"


def analyze_requests(graph: Graph) -> Iterator[analyzer_pb2.AnalyzeRequest]:
    """One request per resource with its inputs, as the engine sends before it creates anything."""
    providers = _providers(graph)
    for resource in _with_stack(graph):
        yield analyzer_pb2.AnalyzeRequest(
            **_described(resource, providers), properties=_struct(resource.inputs)
        )


def analyze_stack_request(graph: Graph) -> analyzer_pb2.AnalyzeStackRequest:
    """All resources with their outputs, dependencies and property dependencies."""
    providers, read = _providers(graph), urns_of_reads(graph)
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[
            analyzer_pb2.AnalyzerResource(
                **_described(resource, providers),
                properties=_struct(resource.outputs or resource.inputs),
                parent=resource.parent or "",
                dependencies=resource.dependencies,
                propertyDependencies={
                    key: analyzer_pb2.AnalyzerPropertyDependencies(
                        urns=[read.get(urn, urn) for urn in urns]
                    )
                    for key, urns in resource.property_dependencies.items()
                    if urns
                },
            )
            for resource in _with_stack(graph)
        ]
    )


def stack_urn(graph: Graph) -> str:
    return f"urn:pulumi:{graph.stack}::{graph.project}::{STACK_TYPE}::{graph.project}-{graph.stack}"


def _with_stack(graph: Graph) -> Iterator[Resource]:
    """Adds the stack resource, whose outputs are the program's exports, as the engine does.

    The engine sends no resource that the program only reads: references lead to no resource.
    """
    if not any(resource.type == STACK_TYPE for resource in graph):
        yield Resource(
            urn=stack_urn(graph),
            type=STACK_TYPE,
            name=f"{graph.project}-{graph.stack}",
            custom=False,
            outputs=graph.stack_outputs,
        )
    yield from (resource for resource in graph if not resource.flags.external)


def _described(resource: Resource, providers: Mapping[str, Resource]) -> dict[str, Any]:
    """The fields that both messages have."""
    return {
        "type": resource.type,
        "urn": resource.urn,
        "name": resource.name,
        "options": _options(resource),
        "provider": _provider(resource, providers),
    }


def urns_of_reads(graph: Graph) -> dict[str, str]:
    """URNs that name what the program reads by its id, by the URNs that the program gives them.

    An output of another stack has its name after ``#``, which is empty if the program takes the
    value from all of them.
    """
    read = {one.urn: one for one in graph if one.flags.external and one.id}
    listed = [urns for one in graph for urns in one.property_dependencies.values()]
    found: dict[str, str] = {}
    for urn in frozenset().union(*listed):
        reference, _, output = urn.partition(OUTPUT)
        if one := read.get(reference):
            name = one.id + (OUTPUT + output if one.type == STACK_REFERENCE else "")
            found[urn] = f"urn:pulumi:{graph.stack}::{graph.project}::{one.type}::{name}"
    return found


def _struct(values: Mapping[str, Any]) -> Struct:
    struct = Struct()
    # Keys such as __defaults belong to the provider bridge; the engine hides them from analyzers.
    struct.update({key: value for key, value in values.items() if not key.startswith("__")})
    return struct


def _options(resource: Resource) -> analyzer_pb2.AnalyzerResourceOptions:
    flags = resource.flags
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=flags.protect,
        ignoreChanges=flags.ignore_changes,
        deleteBeforeReplace=flags.delete_before_replace,
        deleteBeforeReplaceDefined=flags.delete_before_replace,
        additionalSecretOutputs=flags.additional_secret_outputs,
        aliases=flags.aliases,
        customTimeouts=analyzer_pb2.AnalyzerResourceOptions.CustomTimeouts(),
        parent=resource.parent or "",
    )


def _providers(graph: Graph) -> dict[str, Resource]:
    return {r.urn: r for r in graph if r.type.startswith("pulumi:providers:")}


def _provider(
    resource: Resource, providers: Mapping[str, Resource]
) -> analyzer_pb2.AnalyzerProviderResource | None:
    # A provider reference is "<urn>::<id>".
    provider = providers.get(resource.flags.provider.rpartition("::")[0])
    if provider is None:
        return None
    return analyzer_pb2.AnalyzerProviderResource(
        type=provider.type,
        urn=provider.urn,
        name=provider.name,
        properties=_struct(provider.inputs),
    )
