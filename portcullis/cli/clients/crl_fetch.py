"""`portcullis clients fetch-crl`: fetches the issuers' revocation lists, for scheduled jobs."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from portcullis.cli.clients.certificates import read_certificates
from portcullis.cli.clients.options import LOCAL, DryRun, Table
from portcullis.cli.clients.place import IN_A_TABLE, dynamodb
from portcullis.cli.clients.project import revocation_settings
from portcullis.cli.options import AsJson
from portcullis.cli.output import print_json
from portcullis.errors import MisuseError
from portcullis.pki.clock import moment
from portcullis.registry.revocation_lists.fetching import (
    MAX_SECONDS,
    Bounds,
    ListSource,
    fetch,
    points_of,
)
from portcullis.registry.revocation_lists.in_file import CrlFile
from portcullis.registry.revocation_lists.in_use import ListPlace
from portcullis.registry.revocation_lists.updating import (
    IssuerUpdate,
    Update,
    UpdateOutcome,
    update,
)


# Long because typer reads every option from the signature.
def fetch_crl(
    target: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Where the lists are in use; default: crlFile."),
    ] = None,
    *,
    stack: Annotated[
        str, typer.Option(envvar="PULUMI_STACK", help="Whose settings give what is left out here.")
    ] = LOCAL,
    table: Table = None,
    truststore: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="PEM of the issuers; default: truststoreFile."),
    ] = None,
    url: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Of one list; repeat it. Default: crlUrls."),
    ] = None,
    points: Annotated[
        list[Path] | None,
        typer.Option(
            "--distribution-points-of",
            metavar="FILE",
            help="Also the lists that these certificates (PEM) name; repeat it. The truststore's "
            "own name the lists of the CAs above them, a client's certificate that of its issuer.",
        ),
    ] = None,
    allow_private: Annotated[
        bool,
        typer.Option(
            "--allow-private-addresses",
            help="Accept loopback and private addresses from certificates and redirects too.",
        ),
    ] = False,
    timeout_seconds: Annotated[
        float,
        typer.Option(min=1, help="For each URL and its redirects; alternatives share it."),
    ] = MAX_SECONDS,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Fetch the issuers' revocation lists, and take newer ones into use after all checks.

    The checks are those of import-crl. All lists of an issuer are replaced or none, and what fails
    leaves the lists in use as they are. Exit code 0: all are current. 3: a list could not be
    fetched or was refused; those in use are not overdue. 4: a list in use is missing or overdue.
    """
    if target is not None and table is not None:
        raise MisuseError("Name one place for the lists: FILE or --table.")
    if (target is None and table is None) or truststore is None or not (url or points):
        settings = revocation_settings(stack)
        if target is None and table is None:
            target, table = settings.file, settings.table
        truststore = truststore or settings.truststore
        url = url or list(settings.urls)
    if target is None and table is None:
        raise MisuseError(
            f"Stack {stack} has no revocation lists. Set crlFile or crlTable, or name FILE or "
            "--table."
        )
    sources = [ListSource(urls=(one,), may_be_private=True) for one in url or ()]
    sources += points_of(c for path in points or () for c in read_certificates(path))
    if not sources:
        raise MisuseError(
            "There is no list to fetch. Set crlUrls, or name --url URL or "
            "--distribution-points-of FILE with certificates that have such a point."
        )
    issuers = read_certificates(truststore)
    place: ListPlace
    if table is None:
        place = CrlFile(Path(target or ""), issuers)
        effect = f"It takes effect with the next deploy of a stack whose crlFile is {target}."
    else:
        from portcullis.registry.revocation_lists.in_table import CrlTable  # noqa: PLC0415 - see dynamodb

        place = CrlTable(dynamodb(), table, issuers)
        effect = IN_A_TABLE
    done = update(
        place,
        sources,
        issuers,
        partial(fetch, bounds=Bounds(seconds=timeout_seconds), allow_private=allow_private),
        now=moment(),
        dry_run=dry_run,
    )
    _show(done, effect, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(done.exit_code)


def _show(done: Update, effect: str, *, dry_run: bool, as_json: bool) -> None:
    is_written = done.has_written and not dry_run
    if as_json:
        print_json(
            {
                "issuers": [one.as_json() for one in done.issuers],
                "failures": done.failures,
                "written": is_written,
                "effect": effect if is_written else None,
            }
        )
        return
    for one in done.issuers:
        typer.echo(_line(one, done.checked_at))
    for failure in done.failures:
        typer.echo(f"No list: {failure}")
    if is_written:
        typer.echo(f"Written. {effect}", err=True)
    elif done.has_written:
        typer.echo("Nothing was written (--dry-run).", err=True)


def _line(one: IssuerUpdate, now: datetime) -> str:
    if one.outcome is UpdateOutcome.UPDATED:
        before = "first list" if one.former_number is None else f"number {one.former_number}"
        what = f"{before} -> {one.number}, {one.added} added, {one.removed} removed"
    elif one.number is None:
        what = "none in use"
    else:
        what = f"number {one.number}"
        what += ", not fetched" if one.outcome is UpdateOutcome.KEPT and not one.problem else ""
    if one.next_update is not None:
        word = "OVERDUE since" if one.is_overdue(now) else "next update"
        what += f", {word} {one.next_update:%Y-%m-%d %H:%M} UTC"
    return f"{one.issuer}: {one.outcome}: {what}{'. ' if one.problem else ''}{one.problem}"
