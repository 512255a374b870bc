"""`portcullis clients import`: all clients in a CSV file of partners, or none."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from portcullis.cli import partner_file
from portcullis.cli.clients.certificates import (
    identities_of,
    issuer_of,
    read_client_certificate,
)
from portcullis.cli.clients.options import LOCAL, DryRun, File, Stack, Table
from portcullis.cli.clients.place import apply, rate_plans, store_of
from portcullis.cli.clients.project import known_scopes, stack_of_table
from portcullis.cli.csv_file import Faults, Row
from portcullis.cli.options import AsJson
from portcullis.errors import MisuseError
from portcullis.pki import facts, names
from portcullis.registry import Client, ClientRegistry, ClientStatus, Identity, IdentityKind
from portcullis.registry.store import Additions, Change, EditError

MAX_DESCRIPTION = 512  # as in a registry file


def import_clients(
    partners: Annotated[
        Path,
        typer.Argument(
            metavar="CSV",
            exists=True,
            dir_okay=False,
            help="Columns client, scopes, description, sanUri, sanDns, certificate, pin, "
            "bindIssuer, status, ratePlan.",
        ),
    ],
    *,
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Add the clients of a CSV file.

    A fault in any row stops it before the first client. A client that is there already, as the
    row says, is left, so the same command goes on where an interrupted one ended.
    """
    plans = rate_plans(file, stack, table)
    scopes = known_scopes((table and stack_of_table(table)) or stack)

    def edit(before: ClientRegistry) -> Change:
        rows, faults = partner_file.read(partners)
        additions = Additions(before, plans)
        for row in rows:
            client = _client(row, faults, scopes, partners)
            if client is not None and not additions.has_equal(client):
                try:
                    additions.add(client)
                except EditError as error:
                    faults.add(row.line, "client", str(error))
        faults.check()
        return additions.change()

    apply(store_of(file, stack, table), edit, dry_run=dry_run, as_json=as_json)


def _client(
    row: Row, faults: Faults, known: Collection[str] | None, partners: Path
) -> Client | None:
    """None after adding the faults of the row."""
    before = faults.count
    certificate = faults.parsed(
        row,
        "certificate",
        lambda name: read_client_certificate(partner_file.file_beside(partners, name)),
        None,
    )
    uris = faults.each(row, "sanUri", names.san_uri)
    dns_names = faults.each(row, "sanDns", names.san_dns)
    match = [Identity(kind=IdentityKind.SAN_URI, value=uri.value) for uri in uris]
    match += [Identity(kind=IdentityKind.SAN_DNS, value=name.value) for name in dns_names]
    if not match and certificate is not None:
        match = identities_of(certificate)
        if not match:
            faults.add(row.line, "certificate", "has no SAN and no subject. Give sanUri or sanDns.")
    client = faults.parsed(row, "client", names.client_id, "")
    if not match and client:
        match = [Identity(kind=IdentityKind.SAN_URI, value=names.default_san_uri(client))]
    is_pinned, is_bound = (
        faults.parsed(row, column, _yes, False)  # noqa: FBT003 - the default of a cell
        for column in ("pin", "bindIssuer")
    )
    if is_pinned and certificate is None:
        faults.add(row.line, "pin", "needs the certificate to pin, in the column certificate.")
    if is_bound and certificate is None:
        faults.add(row.line, "bindIssuer", "needs a certificate, in the column certificate.")
    if is_bound and certificate is not None:
        match = [replace(one, issuer=issuer_of(certificate)) for one in match]
    if not row["scopes"]:
        faults.add(row.line, "scopes", f"is empty; accepted: {_accepted(known)}.")

    def scope(text: str) -> str:
        if known is not None and text not in known:
            raise MisuseError(f"{text!r} is not a scope; accepted: {_accepted(known)}.")
        return text

    wanted = Client(
        id=client,
        description=faults.parsed(row, "description", _description, ""),
        match=tuple(dict.fromkeys(match)),
        pins=(facts.thumbprint(certificate),) if is_pinned and certificate else (),
        scopes=tuple(dict.fromkeys(faults.each(row, "scopes", scope))),
        status=faults.parsed(row, "status", _status, ClientStatus.ACTIVE),
        rate_plan=row["ratePlan"] or None,
    )
    return wanted if faults.count == before else None


def _accepted(known: Collection[str] | None) -> str:
    return "scopes of the contract" if known is None else ", ".join(sorted(known))


def _description(text: str) -> str:
    if len(text) > MAX_DESCRIPTION or not text.isprintable():
        raise MisuseError(f"is not one line of at most {MAX_DESCRIPTION} printable characters.")
    return text


def _status(text: str) -> ClientStatus:
    if text not in set(ClientStatus):
        raise MisuseError(f"is {text!r}; accepted: {', '.join(ClientStatus)}.")
    return ClientStatus(text)


def _yes(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise MisuseError(f"is {text!r}; accepted: yes, no.")
    return text == "yes"
