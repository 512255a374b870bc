"""The options of the page with live calls."""

from typing import Annotated

import typer

INSPECTOR_PORT = 8445

InspectorOption = Annotated[
    bool, typer.Option("--inspector/--no-inspector", help="A page on this machine with live calls.")
]
InspectorPortOption = Annotated[
    int | None, typer.Option(help="Of the page with live calls; 8445, or a free one.")
]
