"""The resource graph: the registrations of a program, in Pulumi's format.

Values keep the format of the engine's protocol: an unknown is the sentinel :data:`UNKNOWN`, an
asset or an archive is a dict with the key :data:`SIGNATURE`. Secrets are plain values, so a graph
must not be logged or stored as a whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# From pulumi/sdk/python/lib/pulumi/runtime/rpc.py, whose import takes 0.3 s.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
OUTPUT = "#"  # between the URN of a StackReference and the name of an output


@dataclass(frozen=True, kw_only=True)
class SourcePosition:
    """File and line of the declaration of a resource; lines count from 1."""

    path: str
    line: int


@dataclass(frozen=True, kw_only=True)
class ResourceFlags:
    """The resource options that rules and readers use."""

    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    replace_with: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    provider: str = ""
    external: bool = False  # read by the program (`.get`, StackReference), not managed by it
    in_apply: bool = False  # registered inside `Output.apply`, which a preview may leave out
    remote: bool = False  # a component whose children another process registers


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registration. Property names are camelCase, as the provider spells them."""

    urn: str
    type: str
    name: str
    id: str = ""
    custom: bool = True
    parent: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: ResourceFlags = field(default_factory=ResourceFlags)
    source: SourcePosition | None = None

    def property(self, name: str) -> Any:
        """The output of that name, else the input, else None."""
        return self.outputs.get(name, self.inputs.get(name))


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Every registration of one run of the program, sorted by URN, and the stack's outputs."""

    project: str
    stack: str
    resources: tuple[Resource, ...]
    stack_outputs: Mapping[str, Any] = field(default_factory=dict)

    def of_type(self, resource_type: str) -> tuple[Resource, ...]:
        """Every resource of a Pulumi type token, for example ``aws:wafv2/webAcl:WebAcl``."""
        return tuple(r for r in self.resources if r.type == resource_type)

    def by_urn(self, urn: str) -> Resource | None:
        return next((r for r in self.resources if r.urn == urn), None)

    def with_properties(self, resource: Resource, properties: Mapping[str, Any]) -> "Graph":
        """The same graph, but with these inputs and outputs of one of its resources."""
        changed = replace(
            resource,
            inputs={**resource.inputs, **properties},
            outputs={**resource.outputs, **properties},
        )
        return replace(
            self, resources=tuple(changed if r is resource else r for r in self.resources)
        )

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)


def archive_path(value: object) -> str | None:
    """The file or folder behind a ``FileArchive`` or ``FileAsset``, or None for anything else."""
    if isinstance(value, Mapping) and value.get(SIGNATURE) in {ASSET, ARCHIVE}:
        path = value.get("path")
        return path if isinstance(path, str) else None
    return None
