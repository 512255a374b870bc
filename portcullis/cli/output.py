"""Prints JSON, and columns that a pipe does not wrap."""

import json
from collections.abc import Sequence
from typing import Any

import typer


def print_json(document: Any) -> None:
    typer.echo(json.dumps(document, indent=2))


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line for each row, with its cells below those of the row before."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
