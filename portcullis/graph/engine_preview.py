"""The graph of a program in any language, from a preview of the real engine.

The stand-in is the provider, so no account is needed and nothing is created. A pack without rules
records what the engine sends to a policy pack.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from portcullis.errors import MisuseError
from portcullis.graph import recording_pack
from portcullis.graph.encoding import graph_from_json
from portcullis.graph.engine import Engine, EngineError
from portcullis.graph.engine_workspace import EngineWorkspace
from portcullis.graph.recorder import APPLY
from portcullis.graph.resource import Graph, SourcePosition
from portcullis.settings.project import StackConfig
from portcullis.standin.provider import install_into

INSTALL = "https://www.pulumi.com/docs/install/"
PROJECT_URI = "project:///"
LIBRARIES = frozenset({"site-packages", "node_modules", ".venv", "venv", "vendor"})


def preview(config: StackConfig) -> Graph:
    """Preview a stack with the CLI on PATH, in a folder of its own.

    Raises:
        MisuseError: there is no CLI on PATH.
        EngineError: the program or the CLI failed; the message ends with its lines.
    """
    cli = shutil.which("pulumi")
    if cli is None:
        raise MisuseError(
            f"--engine needs the `pulumi` CLI, and there is none on PATH. Install it: {INSTALL}"
        )
    with tempfile.TemporaryDirectory(prefix="portcullis-preview-") as folder:
        root = Path(folder).resolve()
        workspace = EngineWorkspace(root / "engine")
        engine = Engine(Path(cli), workspace, root / "engine.log")
        pack, recorded = root / "pack", root / "graph.json"
        pack.mkdir()
        # Programs in other languages ask for the version of their own SDK: PATH serves any.
        plugin = install_into(root / "bin").parent
        recording_pack.write(pack, recorded)
        _link_plugins(workspace.home / "plugins")
        steps = engine.preview(config, policy_pack=pack, plugins=plugin)
        if not recorded.exists():
            raise EngineError(
                f"`pulumi preview` of stack {config.stack} ended without a list of resources."
            )
        graph = graph_from_json(json.loads(recorded.read_text(encoding="utf-8")))
        sources = _sources(steps, workspace.project, config.directory)
    applied = _applied(steps)
    return replace(
        graph,
        resources=tuple(
            replace(r, source=sources.get(r.urn), flags=replace(r.flags, in_apply=r.urn in applied))
            for r in graph.resources
        ),
    )


def _link_plugins(folder: Path) -> None:
    """The user's installed plugins, for other providers and remote components, but not for AWS."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    folder.mkdir(parents=True)
    for plugin in (home / "plugins").glob("resource-*"):
        if not plugin.name.startswith("resource-aws-v"):
            (folder / plugin.name).symlink_to(plugin)


def _sources(
    steps: Iterable[Mapping[str, Any]], root: Path, project: Path
) -> dict[str, SourcePosition]:
    """The line of the program that declares each resource: the first frame outside libraries."""
    sources = {}
    for step in steps:
        for frame in _frames(step):
            position = _position(frame, root, project)
            if position is not None:
                sources[str(step.get("urn"))] = position
                break
    return sources


def _applied(steps: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The URNs of the resources that the program registers inside ``apply``."""
    return frozenset(
        str(step.get("urn")) for step in steps if any(APPLY in frame for frame in _frames(step))
    )


def _frames(step: Mapping[str, Any]) -> list[str]:
    """The positions in the program's files that led to a registration, the innermost first."""
    state = step.get("newState") or {}
    frames = [state, *(state.get("stackTrace") or ())]
    return [str(frame.get("sourcePosition", "")) for frame in frames]


def _position(uri: str, root: Path, project: Path) -> SourcePosition | None:
    path, _, line = uri.removeprefix(PROJECT_URI).partition("#")
    if not uri.startswith(PROJECT_URI) or not line:
        return None
    file = (root / path).resolve()
    if not file.is_relative_to(project) or LIBRARIES & set(file.parts):
        return None
    return SourcePosition(path=str(file.relative_to(project)), line=int(line.split(",")[0]))
