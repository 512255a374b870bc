"""Reads the graph of a deployed stack from the output of ``pulumi stack export``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from portcullis.errors import MisuseError
from portcullis.graph.resource import Graph, Resource, ResourceFlags, SourcePosition
from portcullis.graph.wire import plain_value

SUPPORTED_VERSIONS = frozenset({3, 4})  # pulumi/pulumi, sdk/go/common/apitype: UntypedDeployment


class StateError(MisuseError):
    """The document is not a usable ``pulumi stack export``."""


def read_export(path: Path) -> Graph:
    """Read an export file.

    Raises:
        StateError: the file is missing, not an export, or has an unknown version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StateError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise StateError(
            f"{path} is not JSON. To write an export, run: pulumi stack export --file stack.json"
        ) from error
    return from_export(document, str(path))


def from_export(document: Any, where: str = "the export") -> Graph:
    """Read a parsed export; ``where`` names it in errors."""
    if not isinstance(document, Mapping) or not isinstance(document.get("deployment"), Mapping):
        raise StateError(f"{where} is not a `pulumi stack export`: it has no deployment.")
    if document.get("version") not in SUPPORTED_VERSIONS:
        raise StateError(
            f"{where} has export version {document.get('version')!r}; supported versions "
            f"are {sorted(SUPPORTED_VERSIONS)}. Update Portcullis, or export with a matching CLI."
        )
    states = document["deployment"].get("resources") or []
    try:
        resources = [_resource(state) for state in states if not state.get("delete")]
    except (KeyError, TypeError, AttributeError) as error:
        raise StateError(f"{where} contains a malformed resource: {error!r}") from error
    root = next((r for r in resources if r.type == "pulumi:pulumi:Stack"), None)
    if root is None:
        raise StateError(f"{where} contains no stack. Run: pulumi up, then export it again.")
    stack, project, *_ = root.urn.removeprefix("urn:pulumi:").split("::")
    return Graph(
        project=project,
        stack=stack,
        resources=tuple(
            r for r in resources if r is not root and not r.type.startswith("pulumi:providers:")
        ),
        stack_outputs=root.outputs,
    )


def _resource(state: Mapping[str, Any]) -> Resource:
    source = state.get("sourcePosition") or ""
    path, line = urlsplit(source).path.lstrip("/"), urlsplit(source).fragment
    return Resource(
        urn=state["urn"],
        type=state["type"],
        name=state["urn"].split("::")[-1],
        id=state.get("id") or "",
        custom=bool(state.get("custom")),
        parent=state.get("parent") or None,
        inputs=plain_value(state.get("inputs") or {}),
        outputs=plain_value(state.get("outputs") or {}),
        dependencies=tuple(state.get("dependencies") or ()),
        property_dependencies={
            key: tuple(urns or ())
            for key, urns in (state.get("propertyDependencies") or {}).items()
        },
        flags=ResourceFlags(
            protect=bool(state.get("protect")),
            retain_on_delete=bool(state.get("retainOnDelete")),
            aliases=tuple(state.get("aliases") or ()),
            additional_secret_outputs=tuple(state.get("additionalSecretOutputs") or ()),
            provider=state.get("provider") or "",
            external=bool(state.get("external")),
        ),
        source=SourcePosition(path=unquote(path), line=int(line.split(",")[0])) if line else None,
    )
