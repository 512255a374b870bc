"""`portcullis certs list`: the certificates on record, and what else expires."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from portcullis.cli.certs import output
from portcullis.cli.certs.options import duration
from portcullis.cli.options import AsJson, Pki
from portcullis.cli.output import columns, print_json
from portcullis.errors import ExitCode
from portcullis.pki import certificate_text, expiry, facts, hierarchy, inventory, validity
from portcullis.pki.clock import moment
from portcullis.pki.errors import PkiMisuseError
from portcullis.pki.expiry import Expiry
from portcullis.pki.inventory import IssuedCertificate
from portcullis.pki.layout import DEFAULT_FOLDER, PkiLayout, Purpose
from portcullis.settings.groups.clients import ClientSettings
from portcullis.settings.groups.domain import DomainSettings
from portcullis.settings.project import find_project, load_stack_config


def list_(
    context: typer.Context,
    client: Annotated[
        str | None, typer.Argument(metavar="[CLIENT]", help="Only of this client.")
    ] = None,
    *,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="What expires of each kind: the newest certificate of each client, CAs, "
            "truststore, revocation lists, server certificates.",
        ),
    ] = False,
    stack: Annotated[
        str | None,
        typer.Option(help="With --all: also the truststore and the lists that it deploys."),
    ] = None,
    expiring_within: Annotated[
        timedelta | None,
        typer.Option(
            parser=duration,
            metavar="TIME",
            help="Only clients whose newest certificate ends within this time, such as 30d. With "
            "--all, also what else has ended or will; lists within 2d at most.",
        ),
    ] = None,
    pki: Pki = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """List the client certificates on record, oldest first; with --all, everything that expires.

    With --expiring-within, the exit code is 1 when there is one.
    """
    if (everything and client) or (stack and not everything):
        raise PkiMisuseError("--all is not for one CLIENT, and --stack needs --all.")
    layout, now = PkiLayout(pki), moment(context.find_object(datetime))
    hierarchy.existing(layout, Purpose.CLIENT)
    shown: Sequence[object]
    if everything:
        shown = expiries = _everything(layout, stack, now)
        if expiring_within is not None:
            shown = expiries = [one for one in expiries if one.ends_within(expiring_within, now)]
        _show(expiries, as_json=as_json)
    else:
        with inventory.opened(layout) as known:
            shown = issued = known.issued(client)
        if expiring_within is not None:
            shown = issued = inventory.expiring(issued, expiring_within, now=now)
        _show_issued([_row(one, now) for one in issued], as_json=as_json)
    if not shown and not as_json:
        typer.echo(f"No such certificate is on record in {pki}.", err=True)
    if shown and expiring_within is not None:
        raise typer.Exit(ExitCode.FAILED)


def _everything(layout: PkiLayout, stack: str | None, now: datetime) -> list[Expiry]:
    if stack is None:
        return _of_folder(layout, now)
    config = load_stack_config(find_project(Path.cwd()), stack)
    clients = ClientSettings.read(config)
    truststore = config.directory / DomainSettings.read(config).truststore_file
    found = _of_folder(layout, now, truststore)
    if clients.crl_file:
        lists = config.directory / clients.crl_file
        fix = expiry.deployed_list_fix(lists, stack, has_urls=bool(clients.crl_urls))
        found += expiry.of_lists(lists, now, fix=fix)
    return found


def _of_folder(layout: PkiLayout, now: datetime, *deployed: Path) -> list[Expiry]:
    with inventory.opened(layout) as known:
        clients = expiry.of_clients(known.issued(), now)
        return [*clients, *expiry.of_folder(known, now, deployed=deployed)]


def _show(found: Sequence[Expiry], *, as_json: bool) -> None:
    if as_json:
        print_json([one.as_json() for one in found])
        return
    rows = [(one.name, f"{one.not_after:%Y-%m-%d}", one.state, one.kind) for one in found]
    output.print_lines(*columns(rows))


def _show_issued(rows: Sequence[dict[str, str]], *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    names = ("client", "notAfter", "state", "serialNumber", "issuer")
    shown = [row | {"notAfter": row["notAfter"][:10]} for row in rows]
    output.print_lines(*columns([[row[name] for name in names] for row in shown]))


def _row(one: IssuedCertificate, now: datetime) -> dict[str, str]:
    state = validity.validity(one.certificate, now=now).value
    return {
        "client": one.client,
        "serialNumber": certificate_text.serial_text(one.certificate),
        "thumbprint": facts.thumbprint(one.certificate),
        "notAfter": one.certificate.not_valid_after_utc.isoformat(),
        "state": "revoked" if one.is_revoked else state,
        "issuer": one.generation.issuer,
        "generation": "current" if one.generation.is_current else "replaced",
    }
