"""`portcullis rotate ca`: replaces the client authority of a stack, one step at a time."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from portcullis.cli.certs.options import duration
from portcullis.cli.clients.options import LOCAL
from portcullis.cli.options import AsJson, Pki, Project, command_group
from portcullis.cli.output import print_json
from portcullis.errors import ExitCode, MisuseError
from portcullis.explain.laptop_logs import LaptopLogs
from portcullis.explain.logged_call import LoggedCall
from portcullis.pki import atomic, ca_rotation, inventory
from portcullis.pki.batch import Batch
from portcullis.pki.ca_rotation import CaRotation, CaRotationStep, NoRotationError
from portcullis.pki.certificate_text import serial_text
from portcullis.pki.errors import AuthorityMissingError
from portcullis.pki.layout import DEFAULT_FOLDER, PkiLayout
from portcullis.settings.groups.domain import DomainSettings
from portcullis.settings.project import find_project, load_stack_config

# Longer than a partner's weekly job pauses.
QUIET = timedelta(days=7)
CallsOfIssuer = Callable[[str], Iterable[LoggedCall]]

app = command_group("Replace the client authority without a refused call.")


@dataclass(frozen=True, kw_only=True)
class OldUse:
    """The calls of one client with a certificate of the authority that goes."""

    client: str
    calls: int
    last: datetime


# Long because typer reads every option from the signature.
@app.command()
def ca(
    *,
    stack: Annotated[
        str, typer.Option(envvar="PULUMI_STACK", help="Whose truststoreFile is changed.")
    ] = "local",
    pki: Pki = DEFAULT_FOLDER,
    truststore: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The deployed truststore; default: truststoreFile."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the new certificates; default PKI/renewed."),
    ] = None,
    kms: Annotated[
        str,
        typer.Option(metavar="ARN", help="At the first step: the new authority's key in KMS."),
    ] = "",
    deployed: Annotated[
        bool, typer.Option("--deployed", help="The deploy that was asked for has ended.")
    ] = False,
    quiet_for: Annotated[
        timedelta,
        typer.Option(
            parser=duration,
            metavar="TIME",
            help="Remove the old authority when no client used it for this long, such as 7d.",
        ),
    ] = QUIET,
    remove_anyway: Annotated[
        bool, typer.Option("--remove-anyway", help="Remove it though clients still use it.")
    ] = False,
    abort: Annotated[
        bool, typer.Option("--abort", help="Go back: the old authority stays, the new one goes.")
    ] = False,
    status: Annotated[bool, typer.Option("--status", help="Only say what comes next.")] = False,
    aws: Annotated[
        bool, typer.Option("--aws", help="Read the access log in CloudWatch, not the laptop's.")
    ] = False,
    state_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Read the logs of the laptop that keeps its state there."),
    ] = None,
    project: Project = Path(),
    as_json: AsJson = False,
) -> None:
    """Take the next step of a rotation: add, deploy, issue, watch, remove, deploy.

    Run it again after each deploy with --deployed. It can be interrupted and repeated at any step.
    Exit code 1 while clients still use the authority that goes.
    """
    if abort + deployed + status > 1:
        raise MisuseError("Choose one of --abort, --deployed and --status.")
    layout = PkiLayout(pki)
    if not pki.is_dir():
        raise AuthorityMissingError(pki)
    uses: list[OldUse] = []
    with atomic.exclusive(pki):
        state = ca_rotation.load(layout)
        if state is None and (abort or deployed or status):
            raise NoRotationError(stack)
        if not status:
            atomic.remove_drafts(pki)
            if state is not None and kms not in ("", state.kms):
                raise MisuseError(
                    "The rotation under way began without this --kms. Leave it out, or go back: "
                    f"portcullis rotate ca --stack {stack} --abort"
                )
            state = state or ca_rotation.begin(
                layout, truststore or _truststore(project, stack), kms
            )
            if abort:
                state = ca_rotation.turn_back(layout, state)
            elif deployed:
                state = ca_rotation.deployed(layout, state)
            elif state.step is CaRotationStep.WATCH:
                uses = _uses(layout, state, _logs(stack, project, quiet_for, state_dir, aws=aws))
                if not uses or remove_anyway:
                    state, uses = ca_rotation.remove(layout, state), []
            if state is not None and state.step is CaRotationStep.ADD:
                state = ca_rotation.add(layout, state)
            if state is not None and state.step is CaRotationStep.ISSUE:
                state = _issue(layout, state, out or pki / "renewed")
    _say(state, uses, stack, pki, as_json=as_json)
    if uses:
        raise typer.Exit(ExitCode.FAILED)


def _truststore(project: Path, stack: str) -> Path:
    folder = find_project(project.resolve())
    return folder / DomainSettings.read(load_stack_config(folder, stack)).truststore_file


def _issue(layout: PkiLayout, state: CaRotation, out: Path) -> CaRotation:
    with inventory.opened(layout) as known:
        batch = Batch(known, out)
        batch.finish_interrupted()
        plan = batch.plan(ca_rotation.orders(known, state), replace=True)
        count = len(list(batch.run(plan.to_issue)))
    typer.echo(f"Issued {count} certificates. They are in {out}.", err=True)
    return ca_rotation.issued(layout, state)


def _logs(
    stack: str, project: Path, quiet_for: timedelta, state_dir: Path | None, *, aws: bool
) -> CallsOfIssuer:
    """The calls of the last time, by the common name of the issuer; the laptop's are all calls.

    Raises:
        MisuseError: the log of another stack than the laptop's is not named.
    """
    if not aws:
        if state_dir is None and stack != LOCAL:
            raise MisuseError(
                f"Which clients of stack {stack} still use the old authority is in its access log: "
                f"portcullis rotate ca --stack {stack} --aws. If a laptop runs this stack, name "
                "its folder instead: --state-dir .portcullis"
            )
        folder = state_dir or Path(".portcullis")
        since = time.time() - quiet_for.total_seconds()
        return lambda _: (
            call for call in LaptopLogs(folder / "log").calls() if (call.time or 0) >= since
        )
    # Imported here: only --aws needs boto3, and it takes a third of a second.
    from portcullis.cli.stack_logs import stack_logs  # noqa: PLC0415

    return stack_logs(project, stack, hours=quiet_for.total_seconds() / 3600).containing


def _uses(layout: PkiLayout, state: CaRotation, calls_of: CallsOfIssuer) -> list[OldUse]:
    """Who called with a certificate of the authority that goes, also where the call was refused."""
    with inventory.opened(layout) as known:
        leaving = [one for one in known.issued() if one.generation.id == state.drop]
    if not leaving:
        return []
    clients = {serial_text(one.certificate): one.client for one in leaving}
    found: dict[str, OldUse] = {}
    for call in calls_of(leaving[0].generation.issuer):
        client = clients.get(call.facts.get("serial", ""))
        if client is not None:
            last = datetime.fromtimestamp(call.time or 0, UTC)
            before = found.get(client, OldUse(client=client, calls=0, last=last))
            found[client] = OldUse(
                client=client, calls=before.calls + 1, last=max(last, before.last)
            )
    return [found[client] for client in sorted(found)]


def _say(
    state: CaRotation | None, uses: list[OldUse], stack: str, pki: Path, *, as_json: bool
) -> None:
    lines = [
        f"{use.client}: {use.calls} calls, the last {use.last:%Y-%m-%d %H:%M:%S} UTC"
        for use in uses
    ]
    following = _next(state, uses, stack, pki)
    if as_json:
        print_json(
            {
                "step": state.step if state else None,
                "truststore": str(state.truststore) if state else None,
                "stillUsed": [
                    {"client": use.client, "calls": use.calls, "last": use.last.isoformat()}
                    for use in uses
                ],
                "next": following,
            }
        )
        return
    if lines:
        typer.echo("Clients that used the authority that goes:")
    for line in [*lines, following]:
        typer.echo(line)


def _next(state: CaRotation | None, uses: list[OldUse], stack: str, pki: Path) -> str:
    again = f"portcullis rotate ca --stack {stack}"
    if state is None:
        return (
            "The rotation has ended. The folder of the other authority, below "
            f"{pki} as client-ca.replaced-…, is needed for its revocation list until its last "
            "certificate has ended. Then delete it: its keys can still sign."
        )
    deploy = "portcullis reload," if stack == LOCAL else f"pulumi up --stack {stack},"
    watch = again if stack == LOCAL else f"{again} --aws"
    match state.step:
        case CaRotationStep.DEPLOY_BOTH:
            return (
                f"{state.truststore} holds both authorities. If the stack reads revocation lists, "
                "run `portcullis certs crl` and import both. Then deploy: "
                f"{deploy} and afterwards: {again} --deployed"
            )
        case CaRotationStep.WATCH if uses:
            return f"Give them their new certificates, and run again: {watch}"
        case CaRotationStep.WATCH:
            return (
                "Hand the new certificates out. Before that, the registry needs the new thumbprint "
                "for clients with pins, and the new issuer for clients whose entry names the old "
                f"one. To see who still uses the other authority: {watch}"
            )
        case CaRotationStep.DEPLOY_ONE:
            return (
                f"{state.truststore} no longer holds the other authority. Deploy: {deploy} and "
                f"afterwards: {again} --deployed"
            )
    return f"Interrupted at the step {state.step}. To repeat it: {again}"
