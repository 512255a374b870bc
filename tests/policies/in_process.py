"""The pack, or its rules alone, in this process: what a running pack would refuse, fast."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pulumi_policy import EnforcementLevel
from pulumi_policy.proxy import unknown_checking_proxy

from policies.analyzer import Analyzer
from policies.configuration import Configuration
from policies.pack import NAME, files, policies
from policies.reading.resource import STACK_TYPE, Stack
from policies.rules import RULES
from portcullis.analyzer.harness import RunningPack
from portcullis.analyzer.wire import urns_of_reads
from portcullis.graph.resource import Graph, Resource


def pack_in_process(folder: Path) -> RunningPack:
    """The pack with the configuration and the waivers in ``folder``.

    The servicer is called without gRPC: a process takes longer to start than to judge.
    """
    return RunningPack(folder, _Servicer(folder))


class _Servicer:
    def __init__(self, folder: Path) -> None:
        all_policies = policies(*files(folder))
        level = EnforcementLevel.MANDATORY
        self._analyzer = Analyzer(NAME, "0.0.1", all_policies, level, *[None] * 6)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return lambda request, timeout: getattr(self._analyzer, method)(request, None)  # noqa: ARG005

    def Handshake(self, request: Any, timeout: float) -> None:  # noqa: N802 - the gRPC method's name
        pass


def stack_of_graph(graph: Graph, configuration: Configuration | None = None) -> Stack:
    root = Resource(
        urn=f"urn:pulumi:{graph.stack}::{graph.project}::{STACK_TYPE}::{graph.stack}",
        type=STACK_TYPE,
        name=graph.stack,
        custom=False,
        outputs=graph.stack_outputs,
    )
    managed = [resource for resource in graph if not resource.flags.external]
    by_urn = {resource.urn: _judged(resource) for resource in (root, *managed)}
    for resource in managed:
        provider = by_urn.get(resource.flags.provider.rpartition("::")[0])
        if provider is not None:
            by_urn[resource.urn].provider = provider
    read = urns_of_reads(graph)
    for resource in managed:
        judged = by_urn[resource.urn]
        judged.dependencies = [by_urn[urn] for urn in resource.dependencies if urn in by_urn]
        judged.property_dependencies = {
            key: [by_urn[urn] for urn in urns if urn in by_urn]
            for key, urns in resource.property_dependencies.items()
        }
        judged.reads = {
            key: frozenset(read.get(urn, urn) for urn in urns if urn not in by_urn)
            for key, urns in resource.property_dependencies.items()
        }
    return Stack(by_urn.values(), configuration)


def refusals(graph: Graph, configuration: Configuration | None = None) -> Iterator[tuple[str, str]]:
    """Rule and message of each violation."""
    stack = stack_of_graph(graph, configuration)
    for rule in RULES:
        settings = rule.with_defaults({})
        for resource in stack.judged_by(rule.types):
            if not rule.left_out(resource, stack):
                for message in rule.in_stack(resource, stack, settings):
                    yield rule.name, message


def _judged(resource: Resource) -> Any:
    return SimpleNamespace(
        urn=resource.urn,
        resource_type=resource.type,
        name=resource.name,
        opts=SimpleNamespace(
            protect=resource.flags.protect, ignore_changes=list(resource.flags.ignore_changes)
        ),
        props=unknown_checking_proxy(dict(resource.outputs or resource.inputs)),
        provider=object() if resource.custom else None,
        parent=None,
        dependencies=[],
        property_dependencies={},
    )
