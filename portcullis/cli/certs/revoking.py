"""`portcullis certs revoke` and `crl`: certificate revocation lists."""

from datetime import timedelta
from typing import Annotated

import typer

from portcullis.cli.certs import output
from portcullis.cli.certs.options import Client, CrlDays, duration
from portcullis.cli.options import AsJson, Pki
from portcullis.pki import atomic, hierarchy, inventory, names, signed_lists
from portcullis.pki.errors import CertificateFileError
from portcullis.pki.identifiers import parse_serial_number
from portcullis.pki.layout import DEFAULT_FOLDER, PkiLayout, Purpose
from portcullis.pki.revocation import CRL_LIFETIME, RevocationReason


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
    """Revoke a client's certificates and sign new CRLs.

    API Gateway reads no CRL. To refuse the certificates, also run the commands that are printed,
    which add them to the client registry, and deploy.
    """
    layout = PkiLayout(pki)
    hierarchy.existing(layout, Purpose.CLIENT)
    with atomic.exclusive(pki), inventory.opened(layout) as known:
        revoked = known.usable(names.client_id(client), _serial_number(serial))
        lists = signed_lists.revoke(known, revoked, reason, lifetime=timedelta(days=days))
    output.print_revoked(client, [one.certificate for one in revoked], lists, as_json=as_json)


def crl(
    *,
    days: CrlDays = CRL_LIFETIME.days,
    due_within: Annotated[
        timedelta | None,
        typer.Option(
            parser=duration,
            metavar="TIME",
            help="Sign only lists that are due within this time, such as 2d or 12h.",
        ),
    ] = None,
    pki: Pki = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Sign the certificate revocation lists again, each with its next number.

    Every authority has its own list; a replaced one signs it until its folder is deleted.
    """
    layout = PkiLayout(pki)
    hierarchy.existing(layout, Purpose.CLIENT)
    with atomic.exclusive(pki), inventory.opened(layout) as known:
        lists = signed_lists.sign_all(known, lifetime=timedelta(days=days), due_within=due_within)
    output.print_crls(lists, as_json=as_json)


def _serial_number(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return parse_serial_number(text)
    except ValueError:
        raise CertificateFileError(
            f"{text!r} is not a serial number in hex. See them with: portcullis certs list"
        ) from None
