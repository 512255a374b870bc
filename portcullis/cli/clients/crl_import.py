"""`portcullis clients import-crl`: revocation lists of issuers, into a file or a table."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509

from portcullis.cli.clients.certificates import read_certificates
from portcullis.cli.clients.options import Table
from portcullis.cli.clients.place import IN_A_TABLE, dynamodb
from portcullis.cli.options import AsJson
from portcullis.cli.output import print_json
from portcullis.errors import MisuseError, PortcullisError
from portcullis.registry.revocation_lists import verified as crl
from portcullis.registry.revocation_lists.in_file import put_in_place
from portcullis.registry.revocation_lists.in_use import LeftoverError
from portcullis.registry.revocation_lists.issuers import revocation_of, revoked_in
from portcullis.registry.revocation_lists.verified import VerifiedCrl


def import_crl(
    source: Annotated[
        Path, typer.Argument(metavar="CRL", exists=True, dir_okay=False, help="PEM or DER.")
    ],
    target: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The file that the crlFile setting names."),
    ] = None,
    *,
    truststore: Annotated[
        Path, typer.Option(metavar="FILE", help="PEM of the issuers that may sign it.")
    ],
    table: Table = None,
    retire: Annotated[
        bool,
        typer.Option(
            "--retire", help="Remove lists in use that none of these replaces: their key has ended."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import a newer revocation list after a check of signature, issuer, number and date.

    It is written to FILE, which the next deploy packs, or with --table to the table of a stack
    whose crlTable setting is true.
    """
    if (target is None) == (table is None):
        raise MisuseError(
            "Name one place for the list: FILE, which the crlFile setting names, or --table."
        )
    issuers = read_certificates(truststore)
    fresh = crl.load(source, issuers)
    if table is not None:
        leftover = _into_table(table, fresh, issuers, retire=retire)
        effect = f"{IN_A_TABLE} The stack's crlTable must be true."
    else:
        put_in_place(Path(target or ""), source, fresh, issuers, retire=retire)
        leftover = None
        effect = f"It takes effect with the next deploy of a stack whose crlFile is {target}."
    if as_json:
        lists = [described for one in fresh for described in _described(one, issuers)]
        print_json({"lists": lists, "effect": effect})
    else:
        _show_lists(fresh, issuers)
        typer.echo(f"Written. {effect}", err=True)
    if leftover is not None:
        raise leftover


def _into_table(
    table: str,
    fresh: Sequence[VerifiedCrl],
    issuers: Sequence[x509.Certificate],
    *,
    retire: bool,
) -> PortcullisError | None:
    """Write the lists; answers what could not be cleaned up behind them."""
    from portcullis.registry.revocation_lists.in_table import CrlTable  # noqa: PLC0415 - see dynamodb

    lists = CrlTable(dynamodb(), table, issuers)
    for one in fresh:
        lists.check_newer(one, retire=retire)  # all of them before the first is written
    leftover: LeftoverError | None = None
    for one in fresh:
        try:
            lists.replace(one, retire=retire)
        except LeftoverError as error:  # the lists of other issuers are still imported
            leftover = error
    return leftover


def _described(
    verified: VerifiedCrl, issuers: Sequence[x509.Certificate]
) -> Iterator[dict[str, Any]]:
    for one in verified.lists:
        yield {
            "issuer": one.source.issuer.rfc4514_string(),
            "number": one.number,
            "revokedCertificates": len(one.source),
            "nextUpdate": one.next_update.isoformat(),
            "revokedAuthorities": [revocation_of(ca) for ca in revoked_in([verified], issuers)],
        }


def _show_lists(fresh: Sequence[VerifiedCrl], issuers: Sequence[x509.Certificate]) -> None:
    for one in (one for verified in fresh for one in verified.lists):
        typer.echo(
            f"{one.source.issuer.rfc4514_string()}: number {one.number}, revoked certificates: "
            f"{len(one.source)}, next update {one.next_update:%Y-%m-%d %H:%M} UTC"
        )
    for verified in fresh:
        for ca in revoked_in([verified], issuers):
            typer.echo(f"The list of {verified.issuer} {revocation_of(ca)}")
