"""The `portcullis` command: its groups, and the exit code of every error."""

import errno
import io
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command

from portcullis.errors import ExitCode, PortcullisError
from portcullis.package import VERSION

# In the order of the help page. Each is a function or a command group of a module beside this one.
# Only the requested one is imported: the Pulumi SDK and the gateway take most of a second.
COMMANDS = {
    "up": "up:up",
    "reload": "reload:reload",
    "serve": "serve:serve",
    "verify": "verify:verify",
    "explain": "explain:explain",
    "doctor": "doctor:doctor",
    "policies": "policies:app",
    "contract": "contract:app",
    "waf": "waf:app",
    "clients": "clients:app",
    "keys": "keys:app",
    "rotate": "rotate:app",
    "certs": "certs:app",
    "graph": "graph:graph",
}


class Commands(TyperGroup):
    """The commands by name, each imported when it is needed."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f".{module}", __package__), attribute)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(
                add_completion=False,
                pretty_exceptions_enable=False,
                rich_markup_mode="markdown",  # flows paragraphs; "rich" keeps their line ends
            )
            alone.command(cmd_name)(found)
            found = alone
        command = get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback means a bug of ours, and is shown in full
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback signature
    if wanted:
        typer.echo(f"portcullis {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Put four gates in front of a business API, and attack them on a laptop before a deploy."""


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")  # a terminal of another encoding than UTF-8
    try:
        app()
    except PortcullisError as error:
        _fail(error, error.exit_code)
    except BrokenPipeError:  # the reader ended, as in `portcullis graph | head`
        sys.stderr.close()
        sys.exit(ExitCode.FAILED)
    except UnicodeEncodeError as error:
        if not any("\udc80" <= character <= "\udcff" for character in error.object):
            raise
        _fail(PortcullisError("An argument or a file name is not UTF-8 text."), ExitCode.MISUSE)
    except OSError as error:
        if error.filename is None and error.errno != errno.ENOSPC:
            raise
        from portcullis.pki.errors import StorageError  # noqa: PLC0415 - see `_fail`

        path = Path(os.fsdecode(error.filename or "The disk"))
        _fail(StorageError(path, error), ExitCode.MISUSE)


def _fail(error: PortcullisError, exit_code: ExitCode) -> NoReturn:
    from rich.console import Console  # noqa: PLC0415 - takes as long as ten commands' imports

    Console(stderr=True).print(
        f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True
    )
    sys.exit(exit_code)
