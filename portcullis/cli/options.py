"""Options that several commands share, each with its help."""

from pathlib import Path
from typing import Annotated

import typer

INSPECTOR_PORT = 8445

Stack = Annotated[str, typer.Option(help="Which Pulumi.STACK.yaml supplies settings.")]
Project = Annotated[
    Path, typer.Option(metavar="DIR", help="Folder of Pulumi.yaml, or one below it.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--config", metavar="KEY=VALUE", help="Override a setting of the stack; may be repeated."
    ),
]
Pki = Annotated[
    Path,
    typer.Option(
        metavar="DIR", envvar="PORTCULLIS_PKI", help="Folder of the certificate authorities."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
LaptopLogFolder = Annotated[
    Path, typer.Option("--state-dir", metavar="DIR", help="Where the laptop keeps its logs.")
]
RunningLaptop = Annotated[
    Path, typer.Option("--state-dir", help="Where the running laptop keeps its state.")
]

# Of the commands that listen.
ReadyAsJson = Annotated[
    bool, typer.Option("--json", help="One line of JSON on standard output when ready.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No line per call.")]
Port = Annotated[
    int | None, typer.Option(help="Of the custom domain; 8443, or a free one if it is taken.")
]
DefaultEndpointPort = Annotated[
    int | None, typer.Option(help="Of the default endpoint; 8444, or a free one.")
]
Inspector = Annotated[
    bool, typer.Option("--inspector/--no-inspector", help="A page on this machine with live calls.")
]
InspectorPort = Annotated[
    int | None, typer.Option(help="Of the page with live calls; 8445, or a free one.")
]


def command_group(help_: str) -> typer.Typer:
    """A group of commands; one with a single command keeps that command's name."""
    group = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode="markdown",  # flows paragraphs; "rich" keeps their line ends
        help=help_,
    )
    group.callback()(lambda: None)
    return group
