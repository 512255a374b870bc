"""`portcullis clients revoke` and `unrevoke`: a client, or one certificate."""

from typing import Annotated

import typer

from portcullis.cli.clients.certificates import certificate_named
from portcullis.cli.clients.options import (
    LOCAL,
    CertificateFile,
    DryRun,
    File,
    IssuerFile,
    Revoked,
    SerialNumber,
    Stack,
    Table,
    Thumbprint,
)
from portcullis.cli.clients.place import apply, store_of
from portcullis.cli.options import AsJson
from portcullis.errors import MisuseError
from portcullis.registry import ClientStatus, store
from portcullis.registry.store import Revocation


def revoke(
    client: Revoked = None,
    *,
    certificate: CertificateFile = None,
    thumbprint: Thumbprint = None,
    issuer: IssuerFile = None,
    serial_number: SerialNumber = None,
    reason: Annotated[str, typer.Option(help="For people; with a certificate.")] = "",
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Refuse a client, or one certificate, for good.

    A client whose certificate is revoked may call with another one. To refuse a client for a
    while, suspend it.
    """
    revoked = certificate_named(client, certificate, thumbprint, issuer, serial_number)
    if revoked is None:
        if reason:
            raise MisuseError("--reason goes with a certificate. Put it into the client's entry.")
        edit = store.set_status(str(client), ClientStatus.REVOKED)
    else:
        edit = store.revoke(Revocation(certificate=revoked, reason=reason))
    apply(store_of(file, stack, table), edit, dry_run=dry_run, as_json=as_json)


def unrevoke(
    client: Revoked = None,
    *,
    certificate: CertificateFile = None,
    thumbprint: Thumbprint = None,
    issuer: IssuerFile = None,
    serial_number: SerialNumber = None,
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Undo a mistaken revocation; name the client or certificate as in the revocation.

    What a revocation list of the issuer revokes stays revoked.
    """
    revoked = certificate_named(client, certificate, thumbprint, issuer, serial_number)
    edit = store.unrevoke_client(str(client)) if revoked is None else store.unrevoke(revoked)
    apply(store_of(file, stack, table), edit, dry_run=dry_run, as_json=as_json)
