"""`portcullis graph`: the resources that the program registers, as a tree, JSON or a picture."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.tree import Tree

from portcullis.cli.options import Project, Settings, Stack
from portcullis.cli.output import print_json
from portcullis.cli.setting_option import read_settings
from portcullis.graph.in_process import record
from portcullis.graph.resource import UNKNOWN, Graph, Resource
from portcullis.picture.mermaid import mermaid
from portcullis.picture.stack_picture import read_picture
from portcullis.picture.svg import svg
from portcullis.settings.project import find_project


class GraphFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    SVG = "svg"
    MERMAID = "mermaid"


def graph(
    *,
    stack: Stack = "local",
    project: Project = Path(),
    update: Annotated[
        bool,
        typer.Option("--update", help="With known values, as after `pulumi up`."),
    ] = False,
    config: Settings = None,
    format_: Annotated[
        GraphFormat,
        typer.Option(
            "--format", help="The resources as text or json; gates and routes as svg or mermaid."
        ),
    ] = GraphFormat.TEXT,
) -> None:
    """Show the resources that the program registers, with parents and dependencies.

    Property values are not shown, because some may be secret. A picture shows the domain, the
    gates, and each route with its scope and its backend's host.
    """
    recorded = record(
        find_project(project.resolve()),
        stack,
        preview=not update,
        config=read_settings(config),
    )
    if format_ is GraphFormat.SVG:
        typer.echo(svg(read_picture(recorded)), nl=False)
    elif format_ is GraphFormat.MERMAID:
        typer.echo(mermaid(read_picture(recorded)), nl=False)
    elif format_ is GraphFormat.JSON:
        print_json([_summary(r) for r in recorded])
    else:
        Console().print(_tree(recorded))


def _summary(resource: Resource) -> dict[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "parent": resource.parent,
        "properties": sorted(resource.inputs),
        "unknown": sorted(k for k, v in resource.inputs.items() if v == UNKNOWN),
        "dependencies": {
            key: list(urns) for key, urns in resource.property_dependencies.items() if urns
        },
    }


def _tree(recorded: Graph) -> Tree:
    root = Tree(f"{recorded.project} [bold]{recorded.stack}[/bold]")
    children: dict[str | None, list[Resource]] = {}
    known = {r.urn for r in recorded}
    for resource in recorded:
        parent = resource.parent if resource.parent in known else None
        children.setdefault(parent, []).append(resource)

    def add(branch: Tree, parent: str | None) -> None:
        for resource in children.get(parent, []):
            label = f"[cyan]{resource.type}[/cyan] {resource.name}"
            add(branch.add(label), resource.urn)

    add(root, None)
    return root
