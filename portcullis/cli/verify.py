"""`portcullis verify`: runs the attack matrix against the running laptop or a stack on AWS."""

import contextlib
import datetime
import fnmatch
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status

from portcullis.acceptance.catalog.matrix import Matrix, build
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.recording.record import prepare
from portcullis.acceptance.recording.record import record as record_report
from portcullis.acceptance.recording.replay import compared
from portcullis.acceptance.report import MatrixReport, Result
from portcullis.acceptance.run.authorizer_retry import AuthorizerRetry
from portcullis.acceptance.run.runner import Progress, run
from portcullis.acceptance.target.deployed import deployed
from portcullis.acceptance.target.run_description import running_laptop
from portcullis.acceptance.target.target import Target, TargetKind
from portcullis.cli.options import RunningLaptop
from portcullis.cli.output import print_json
from portcullis.cli.verify_target import (
    READY_FILE,
    contract_and_cases,
    recorded_region,
    require_reachable,
    require_usable,
)
from portcullis.errors import MisuseError
from portcullis.recordings.folder import Recordings

# The width in a pipe or a CI log: expected and seen fit on one line each.
PLAIN_WIDTH = 200


def verify(  # long: each option of the command is a parameter
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
    contract: Annotated[
        Path | None,
        typer.Option(help="With --target: its contract; the program's default if left out."),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="With --target: a scope of the client; every scope if left out."),
    ] = None,
    large_body: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROUTE",
            help="With --target: a route of webAclExceptions for bodies over 8 KB.",
        ),
    ] = None,
    allow_changes: Annotated[
        bool,
        typer.Option(
            "--allow-changes",
            help="With --target: also make valid calls that may change the backend's data.",
        ),
    ] = False,
    calls_per_minute: Annotated[
        int | None,
        typer.Option(
            min=1, help="With --target: send fewer calls, for a stack with a low rateLimit."
        ),
    ] = None,
    state_dir: RunningLaptop = Path(".portcullis"),
    only: Annotated[
        list[str] | None,
        typer.Option(help="Run this case only, or those of a pattern: 'forged-*'. Repeatable."),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Write each answer to this folder, as snapshots.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="With --target and --record: the stack's region.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Compare each answer with the snapshots of this folder.")
    ] = None,
    as_list: Annotated[
        bool, typer.Option("--list", help="Print the names of the cases and call nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Run the attack matrix and compare each answer with the expected one.

    Its cases follow the contract, and the case files in the project's folder acceptance/. Ends with
    1 when an answer differs. Deployed stacks are called over the network only. Cases that need more
    are skipped, with the reason.

    With --replay, the recorded answer of each case is the right one.
    """
    if region is not None and record is None:
        raise MisuseError("--region names the region of a recording: add --record DIR.")
    if record is not None and replay is not None:
        raise MisuseError("--record and --replay exclude each other: record first, then replay.")
    recordings = Recordings.read(replay) if replay is not None else None
    described = (certificate, key, cacert, default_endpoint, pki, contract, scope, large_body)
    if target is None:
        if any((*described, allow_changes, calls_per_minute)):
            raise MisuseError(
                "--certificate, --key, --cacert, --default-endpoint, --pki, --contract, --scope, "
                "--large-body, --allow-changes and --calls-per-minute describe a deployed stack: "
                "add --target https://…, or leave them out to attack the running laptop."
            )
        attacked = running_laptop(state_dir / READY_FILE)
    elif certificate is None or key is None:
        raise MisuseError(
            "--target needs --certificate FILE and --key FILE of a client, and --scope SCOPE for "
            "each of its scopes if it lacks one."
        )
    else:
        contract, case_folders = contract_and_cases(contract)
        attacked = deployed(
            target,
            certificate=certificate,
            key=key,
            contract=contract,
            case_folders=case_folders,
            cacert=cacert,
            default_endpoint=default_endpoint,
            pki=pki,
            calls_per_minute=calls_per_minute,
            scopes=scope or (),
            large_body_routes=large_body or (),
            allows_changes=allow_changes,
        )
    matrix = build(
        attacked.contract,
        attacked.case_folders,
        taps=attacked.control is not None,
        large_bodies=attacked.large_body_routes,
        renewal=attacked.renewal,
    )
    names = only or []
    if recordings is not None:
        names = _recorded(recordings, names)
    cases = chosen(matrix, names) if names or recordings is None else ()
    if as_list:
        typer.echo("\n".join(case.name for case in cases))
        return
    if certificate is not None and key is not None:
        require_usable(certificate, key, cacert)
    require_reachable(attacked, target, state_dir)
    if record is not None:
        place = recorded_region(attacked, region)
        report = _run_and_record(matrix, cases, attacked, record, place)
    else:
        report = _run(matrix, cases, attacked)
    if recordings is not None:
        report = compared(report, attacked, recordings)
    _show(report, as_json=as_json)
    raise typer.Exit(report.exit_code)


def chosen(matrix: Matrix, names: list[str]) -> tuple[Case, ...]:
    """The cases with these names or patterns in the matrix's order; all of them for no name.

    Raises:
        MisuseError: a name is not that of a case.
    """
    cases = matrix.cases
    known = [case.name for case in cases]
    for name in names:
        if not fnmatch.filter(known, name):
            close = get_close_matches(name, known)
            meant = f" Did you mean {' or '.join(close)}?" if close else ""
            raise MisuseError(
                f"The case {name!r} does not exist.{meant} All names: portcullis verify --list"
            )
    return tuple(
        case
        for case in cases
        if not names or any(fnmatch.fnmatchcase(case.name, name) for name in names)
    )


def _recorded(recordings: Recordings, names: list[str]) -> list[str]:
    """The recorded cases; only those with these names or patterns, if any.

    Raises:
        MisuseError: a name is not recorded.
    """
    recorded = list(recordings.snapshots)
    for name in names:
        if not fnmatch.filter(recorded, name):
            raise MisuseError(
                f"--only {name} is not in the recording. Recorded: "
                f"{', '.join(recorded) or 'no case'}."
            )
    return names or recorded


def _run(matrix: Matrix, cases: tuple[Case, ...], attacked: Target) -> MatrixReport:
    with _progress(len(cases)) as progress:
        return run(cases, attacked, progress, _retry(attacked), reads=matrix.reads)


def _run_and_record(
    matrix: Matrix, cases: tuple[Case, ...], attacked: Target, folder: Path, region: str
) -> MatrixReport:
    index = prepare(folder, attacked, region)
    report = _run(matrix, cases, attacked)
    today = datetime.datetime.now(datetime.UTC).date()
    count = record_report(report, attacked, folder, index, today)
    typer.echo(f"Recorded {count} of {len(cases)} cases in {folder}.", err=True)
    return report


def _show(report: MatrixReport, *, as_json: bool) -> None:
    if as_json:
        print_json(report.to_json())
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    console.print(report.table(console.width))
    if left_out := report.left_out():
        console.print(left_out, highlight=False, markup=False)
    console.print(report.by_gate(), highlight=False)
    console.print(report.summary(), highlight=False)


def _retry(attacked: Target) -> AuthorizerRetry | None:
    """Retries for a stack that may have been deployed a moment ago."""
    if attacked.kind is not TargetKind.AWS:
        return None
    return AuthorizerRetry(lambda text: typer.echo(text, err=True))


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
