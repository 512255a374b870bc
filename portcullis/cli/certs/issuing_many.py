"""`portcullis certs issue --from`: the certificates of all partners in a CSV file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from cryptography import x509

from portcullis.cli import partner_file
from portcullis.cli.certs import output
from portcullis.cli.certs.kits import Kits
from portcullis.cli.certs.names import NameChooser
from portcullis.cli.csv_file import Faults, Row
from portcullis.cli.output import print_json
from portcullis.errors import MisuseError
from portcullis.pki import atomic, facts, inventory, names
from portcullis.pki.authority import Authority
from portcullis.pki.batch import Batch, BatchPlan, Order
from portcullis.pki.inventory import client_of
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.keys import KeyType
from portcullis.pki.layout import PkiLayout
from portcullis.pki.signing_request import proven_key


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What a row gets where its cell is empty."""

    lifetime: timedelta
    organization: str | None
    key_type: KeyType
    stack: str


@dataclass(frozen=True, kw_only=True)
class Choices:
    with_pfx: bool
    replace: bool
    dry_run: bool
    as_json: bool
    kits: Kits | None = None  # device kits too, for the rows without a request


def issue_many(
    source: Path, out: Path, layout: PkiLayout, defaults: Defaults, choices: Choices
) -> None:
    """Issue the certificates that are not in ``out`` yet.

    Raises:
        CsvError: the file has faults; nothing is issued.
    """
    rows, faults = partner_file.read(source)
    with atomic.exclusive(layout.folder), inventory.opened(layout) as known:
        batch = Batch(known, out, with_pfx=choices.with_pfx)
        orders = _orders(rows, faults, batch.authority, defaults, source)
        if not choices.dry_run:
            atomic.remove_drafts(layout.folder)
            batch.finish_interrupted()
        plan = batch.plan(orders, replace=choices.replace)
        issued = [] if choices.dry_run else list(batch.run(plan.to_issue))
        kits = _kits(orders, out, choices)
    _show(plan, issued, out, kits, choices)


def _kits(orders: Sequence[Order], out: Path, choices: Choices) -> list[str] | None:
    """The clients whose kits were made; None where none are asked for."""
    if choices.kits is None:
        return None
    clients = [order.request.client for order in orders if order.csr is None]
    return [] if choices.dry_run else choices.kits.make_missing(clients, out)


def _show(
    plan: BatchPlan,
    issued: Sequence[x509.Certificate],
    out: Path,
    kits: list[str] | None,
    choices: Choices,
) -> None:
    to_issue = [order.request.client for order in plan.to_issue]
    if choices.as_json:
        print_json(
            {
                "dryRun": choices.dry_run,
                "toIssue": to_issue,
                "issued": [_described(certificate, out) for certificate in issued],
                "existing": list(plan.existing),
            }
            | ({} if kits is None else {"kits": kits})
        )
        return
    if choices.dry_run:
        output.print_lines(*to_issue, f"Would issue {len(to_issue)} certificates (--dry-run).")
    else:
        output.print_lines(f"Issued {len(issued)} certificates. They are in {out}.")
    if plan.existing:
        output.print_lines(f"Valid certificates that are there already: {len(plan.existing)}.")
    if choices.kits is not None and not choices.dry_run:
        output.print_lines(
            f"Made {len(kits or ())} kits with their passphrases in {choices.kits.folder}."
        )


def _described(certificate: x509.Certificate, out: Path) -> dict[str, str]:
    described = facts.of(certificate)
    client = client_of(certificate)
    return {
        "client": client,
        "serialNumber": described.serial_number,
        "thumbprint": described.thumbprint,
        "notAfter": described.not_after.isoformat(),
        "certificate": str(out / f"{client}.pem"),
    }


def _orders(
    rows: Sequence[Row], faults: Faults, authority: Authority, defaults: Defaults, partners: Path
) -> list[Order]:
    """Check every row, so that a fault is found before the first certificate is issued."""
    chooser = NameChooser(defaults.stack)

    def lifetime(hours_of_one: int, text: str) -> timedelta:
        if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
            raise MisuseError(f"is {text!r}; accepted: a whole number from 1, such as 90.")
        wanted = timedelta(hours=hours_of_one * int(text))
        authority.period_within(wanted)
        return wanted

    def key_type(text: str) -> KeyType:
        if text not in set(KeyType):
            raise MisuseError(f"is {text!r}; accepted: {', '.join(KeyType)}.")
        return KeyType(text)

    def csr(name: str) -> bytes:
        content = atomic.read(partner_file.file_beside(partners, name))
        proven_key(content)
        return content

    no_names: tuple[x509.GeneralName, ...] = ()
    orders = []
    for row in rows:
        uris = faults.each(row, "sanUri", names.san_uri)
        dns_names = faults.each(row, "sanDns", names.san_dns)
        chosen = (*uris, *dns_names)
        if not chosen:
            chosen = faults.parsed(row, "client", lambda id_: chooser.choose(id_).names, no_names)
        if row["days"] and row["hours"]:
            faults.add(row.line, "hours", "days are given too. Choose one of them.")
        days = faults.parsed(row, "days", partial(lifetime, 24), defaults.lifetime)
        request = ClientRequest(
            client=faults.parsed(row, "client", names.client_id, ""),
            names=chosen,
            lifetime=faults.parsed(row, "hours", partial(lifetime, 1), days),
            organization=faults.parsed(
                row, "organization", names.organization, defaults.organization
            ),
            key_type=faults.parsed(row, "keyType", key_type, defaults.key_type),
        )
        orders.append(Order(request=request, csr=faults.parsed(row, "csr", csr, None)))
    faults.check()
    return orders
