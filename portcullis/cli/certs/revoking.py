"""`portcullis certs revoke` and `crl`: certificate revocation lists."""

from datetime import timedelta
from typing import Annotated

import typer

from portcullis.cli.certs import output
from portcullis.cli.certs.options import AsJson, Client, CrlDays, Pki
from portcullis.pki import atomic, hierarchy, issuance_record, names, revocation
from portcullis.pki.errors import CertificateFileError
from portcullis.pki.identifiers import parse_serial_number
from portcullis.pki.layout import DEFAULT_FOLDER, PkiLayout, Purpose
from portcullis.pki.revocation import CRL_LIFETIME, RevocationEntry, RevocationReason


def revoke(
    client: Client,
    *,
    serial: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="Only this certificate; default: all that are valid."),
    ] = None,
    reason: Annotated[
        RevocationReason, typer.Option(help="Why, for the CRL.")
    ] = RevocationReason.UNSPECIFIED,
    days: CrlDays = CRL_LIFETIME.days,
    pki: Pki = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Revoke a client's certificates and sign a new CRL.

    API Gateway reads no CRL. To refuse the certificates, also run the commands that are printed,
    which add them to the client registry, and deploy.
    """
    layout = PkiLayout(pki)
    files = layout.authority(Purpose.CLIENT)
    authority = hierarchy.load(layout, Purpose.CLIENT).issuing
    with atomic.exclusive(pki):
        revoked = issuance_record.revocable(files, names.client_id(client), _serial_number(serial))
        record = revocation.load(files).with_added(
            RevocationEntry.now(c.serial_number, client, reason) for c in revoked
        )
        signed = revocation.publish(authority, files, record, lifetime=timedelta(days=days))
    output.print_revoked(client, revoked, signed, files.crl, as_json=as_json)


def crl(
    *,
    days: CrlDays = CRL_LIFETIME.days,
    pki: Pki = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Sign the certificate revocation list again, with the next number."""
    layout = PkiLayout(pki)
    files = layout.authority(Purpose.CLIENT)
    authority = hierarchy.load(layout, Purpose.CLIENT).issuing
    with atomic.exclusive(pki):
        signed = revocation.publish(
            authority, files, revocation.load(files), lifetime=timedelta(days=days)
        )
    output.print_crl(signed, files.crl, as_json=as_json)


def _serial_number(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return parse_serial_number(text)
    except ValueError:
        raise CertificateFileError(
            f"{text!r} is not a serial number in hex. See them with: portcullis certs list"
        ) from None
