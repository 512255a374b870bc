"""`portcullis reload`: the running laptop takes the project's files as they are now."""

import json
from pathlib import Path

import typer

from portcullis.cli.options import RunningLaptop
from portcullis.errors import ExitCode, MisuseError, PortcullisError
from portcullis.laptop.control import ask
from portcullis.laptop.state_directory import StateDirectory

ANSWER_SECONDS = 600.0  # a plan that downloads wheels


def reload(state_dir: RunningLaptop = Path(".portcullis")) -> None:
    """Serve the project as its files are now, without closing a connection.

    Program, settings, contract, clients, truststore, revocation lists and authorizer are planned
    and judged again. A plan that is refused leaves the previous one serving.
    """
    try:
        described = json.loads(StateDirectory(state_dir).ready_file.read_text(encoding="utf-8"))
        answer = ask(Path(described["control"]), "reload", seconds=ANSWER_SECONDS)
    except (OSError, ValueError, KeyError):
        raise MisuseError(
            f"No laptop of `portcullis up` runs in {state_dir}, so there is nothing to reload. "
            "Start one with: portcullis up --watch; or name the state directory of the one that "
            "runs: --state-dir DIR"
        ) from None
    if "reloaded" not in answer:
        raise PortcullisError(str(answer.get("refused") or answer.get("error")))
    typer.echo(answer["reloaded"])
    raise typer.Exit(ExitCode.OK)
