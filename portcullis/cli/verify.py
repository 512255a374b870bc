"""`portcullis verify`: runs the attack matrix against the running laptop or a stack on AWS."""

import contextlib
import json
import socket
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status

from portcullis.acceptance.errors import NotRunningError, UnknownCaseError, UnreachableError
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.catalog import matrix
from portcullis.acceptance.report import Result
from portcullis.acceptance.run.runner import Progress, run
from portcullis.acceptance.target.deployed import deployed
from portcullis.acceptance.target.run_description import running_laptop
from portcullis.acceptance.target.target import Target
from portcullis.errors import MisuseError

READY_FILE = Path("run/ready.json")
PROBE_SECONDS = 3.0
# The width in a pipe or a CI log: expected and seen fit on one line each.
PLAIN_WIDTH = 200


def verify(
    *,
    target: Annotated[
        str | None, typer.Option(help="https address of a deployed stack; the laptop if left out.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="With --target: a registered client's certificate (PEM).")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="With --target: its private key.")] = None,
    cacert: Annotated[
        Path | None,
        typer.Option(help="With --target: PEM file with the issuer of the server certificate."),
    ] = None,
    default_endpoint: Annotated[
        str | None, typer.Option(help="With --target: the execute-api address, to attack it too.")
    ] = None,
    pki: Annotated[
        Path | None,
        typer.Option(help="With --target: folder of `certs init`, to make bad certificates with."),
    ] = None,
    state_dir: Annotated[
        Path, typer.Option(help="Where the running laptop keeps its state.")
    ] = Path(".portcullis"),
    only: Annotated[
        list[str] | None, typer.Option(help="Run this case only; may be given again.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Run the attack matrix and compare each answer with the expected one.

    Ends with 1 when an answer differs. Deployed stacks are called over the network only. Cases that
    need more are skipped, with the reason.
    """
    cases = chosen(only or [])
    attacked = _target(
        target, state_dir, certificate, key, cacert=cacert, endpoint=default_endpoint, pki=pki
    )
    with _progress(len(cases)) as progress:
        report = run(cases, attacked, progress)
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=2))
    else:
        console = Console()
        if not console.is_terminal:
            console = Console(width=PLAIN_WIDTH)
        console.print(report.table(console.width))
        console.print(report.summary(), highlight=False)
    raise typer.Exit(report.exit_code)


def chosen(names: list[str]) -> tuple[Case, ...]:
    """The cases with these names in the matrix's own order; all of them for no name.

    Raises:
        UnknownCaseError: a name is not that of a case.
    """
    cases = matrix().cases
    known = [case.name for case in cases]
    for name in names:
        if name not in known:
            raise UnknownCaseError(name, get_close_matches(name, known))
    return tuple(case for case in cases if not names or case.name in names)


def _target(
    url: str | None,
    state_dir: Path,
    certificate: Path | None,
    key: Path | None,
    *,
    cacert: Path | None,
    endpoint: str | None,
    pki: Path | None,
) -> Target:
    if url is None:
        if certificate or key or cacert or endpoint or pki:
            raise MisuseError(
                "--certificate, --key, --cacert, --default-endpoint and --pki describe a deployed "
                "stack: add --target https://…, or leave them out to attack the running laptop."
            )
        return _laptop(state_dir / READY_FILE)
    if certificate is None or key is None:
        raise MisuseError(
            "--target needs --certificate FILE and --key FILE of a client that may read and write."
        )
    attacked = deployed(
        url,
        certificate=certificate,
        key=key,
        cacert=cacert,
        default_endpoint=endpoint,
        pki=pki,
    )
    peer = attacked.gateway
    try:
        socket.create_connection((peer.address, peer.port), PROBE_SECONDS).close()
    except OSError as error:
        raise UnreachableError(url, error.strerror or str(error)) from None
    return attacked


def _laptop(file: Path) -> Target:
    target = running_laptop(file)
    peer = target.gateway
    try:
        socket.create_connection((peer.address, peer.port), PROBE_SECONDS).close()
    except OSError:
        raise NotRunningError(
            file, f"describes a laptop that no longer answers on port {peer.port}"
        ) from None
    return target


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Progress]:
    """Shows the progress on standard error, if that is a terminal."""
    console = Console(stderr=True)
    done = 0
    with Status(f"0 of {total} cases", console=console) as status:

        def tell(result: Result) -> None:
            nonlocal done
            done += 1
            status.update(f"{done} of {total} cases, last: {result.case.name}")

        yield tell
