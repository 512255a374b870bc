"""The `portcullis` command: its groups, and the one place where an error becomes an exit code."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from portcullis.cli import certs, graph, policies
from portcullis.cli.up import up
from portcullis.cli.verify import verify
from portcullis.errors import ExitCode, PortcullisError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback means a bug of ours, and is shown whole
    help="Four gates in front of a business API, proven on a laptop before AWS sees them.",
)
app.command()(up)
app.command()(verify)
app.command()(graph.graph)
app.add_typer(policies.app, name="policies", help="Judge a stack by the policy pack.")
app.add_typer(certs.app, name="certs", help="Issue, inspect, renew and revoke certificates.")


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback signature
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - asked for once in a while

        typer.echo(f"portcullis {version('portcullis')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Four gates in front of a business API, proven on a laptop before AWS sees them."""


def main() -> None:
    """Run the command line; the console script of pyproject.toml."""
    try:
        app()
    except PortcullisError as error:
        Console(stderr=True).print(
            f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True
        )
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader went away, as in `portcullis graph | head`
        sys.stderr.close()
        sys.exit(ExitCode.FAILED)
