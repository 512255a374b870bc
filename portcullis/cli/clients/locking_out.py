"""`portcullis clients lock-out`: refuses a client and all its certificates, in one command."""

from collections.abc import Iterable
from typing import Annotated

import typer

from portcullis.cli.clients.options import LOCAL, ClientId, DryRun, File, Stack, Table
from portcullis.cli.clients.place import IN_A_TABLE, effect_of, store_of
from portcullis.cli.clients.project import cache_seconds, stack_of_table
from portcullis.cli.options import AsJson, Pki
from portcullis.cli.output import print_json
from portcullis.pki import atomic, facts, inventory, signed_lists
from portcullis.pki.errors import PkiError
from portcullis.pki.generations import generations
from portcullis.pki.inventory import IssuedCertificate
from portcullis.pki.layout import DEFAULT_FOLDER, PkiLayout
from portcullis.pki.revocation import RevocationReason
from portcullis.registry import ClientStatus, store
from portcullis.registry.store import Edit, Revocation


def lock_out(
    client: ClientId,
    *,
    reason: Annotated[
        RevocationReason, typer.Option(help="Why, for the registry and the CRL.")
    ] = RevocationReason.UNSPECIFIED,
    pki: Pki = DEFAULT_FOLDER,
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Revoke a client and all its certificates, and say when that counts.

    The client's entry and the certificates that the authorities of --pki issued to it are revoked
    in the registry as one change. Then the certificates are revoked in the CRLs of their issuers.
    """
    layout = PkiLayout(pki)
    where = store_of(file, stack, table)
    issued = _valid(layout, client)
    thumbprints = [facts.thumbprint(one.certificate) for one in issued]
    plan = where.plan(_edit(client, thumbprints, reason))
    effect: str | None = None
    crls: list[str] = []
    problem: str | None = None
    if not dry_run:
        # The CRLs come second, whatever becomes of them: the authorizer reads the registry.
        plan.write()
        effect = when(table, stack, IN_A_TABLE if table else effect_of(plan))
        try:
            crls = _sign(layout, client, reason)
        except PkiError as error:
            problem = f"No CRL was signed: {error}"
    document = {
        "client": client,
        "thumbprints": thumbprints,
        "diff": plan.diff,
        "written": not dry_run,
        "effect": effect,
        "crls": crls,
        "problem": problem,
    }
    if as_json:
        print_json(document)
    else:
        typer.echo(plan.diff, nl=False)
        typer.echo(f"Certificates of {client} on record in {pki} that are valid: {len(issued)}.")
        if not generations(layout):
            typer.echo(
                f"There is no certificate authority in {pki}. If one issued certificates to "
                f"{client}, run this again with --pki DIR."
            )
        for crl in crls:
            typer.echo(f"Signed: {crl}")
        typer.echo(f"Written. {effect}" if effect else "Nothing was written (--dry-run).", err=True)
    if problem is not None:
        raise PkiError(problem)


def _edit(client: str, thumbprints: Iterable[str], reason: RevocationReason) -> Edit:
    note = "" if reason is RevocationReason.UNSPECIFIED else reason.value
    return store.together(
        [
            store.set_status(client, ClientStatus.REVOKED),
            *(store.revoke(Revocation(certificate=t, reason=note)) for t in thumbprints),
        ]
    )


def _valid(layout: PkiLayout, client: str) -> list[IssuedCertificate]:
    """The client's certificates that have not ended; none where there is no authority."""
    if not generations(layout):
        return []
    with inventory.opened(layout) as known:
        return [one for one in known.issued(client) if not one.has_ended()]


def _sign(layout: PkiLayout, client: str, reason: RevocationReason) -> list[str]:
    """Revoke what is not revoked yet in the CRLs of its issuers; the files of the CRLs."""
    if not generations(layout):
        return []
    with atomic.exclusive(layout.folder), inventory.opened(layout) as known:
        left = [o for o in known.issued(client) if not o.is_revoked and not o.has_ended()]
        signed = signed_lists.revoke(known, left, reason)
    return [str(one.generation.files.crl) for one in signed]


def when(table: str | None, stack: str, effect: str) -> str:
    """The place's own words, with the seconds of the stack where they are known."""
    owner = stack if table is None else stack_of_table(table)
    seconds = None if owner is None else cache_seconds(owner)
    if seconds is None:
        after = "" if table else ". After it, cached answers count for authorizerCacheSeconds."
        return effect + after
    registry, authorizer = seconds
    if table is None:
        return f"{effect}. After it, cached answers count for {authorizer} seconds at most."
    return (
        f"The last call is answered within {registry + authorizer} seconds "
        f"(registryCacheSeconds {registry} + authorizerCacheSeconds {authorizer})."
    )
