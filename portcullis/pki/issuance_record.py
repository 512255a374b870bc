"""The record of issued client certificates: one PEM file each, named by serial number."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from portcullis.pki import atomic, revocation
from portcullis.pki.certificate_text import serial_text
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import CertificateFileError, NotIssuedError
from portcullis.pki.layout import AuthorityFiles


def put_on_record(files: AuthorityFiles, certificate: x509.Certificate) -> None:
    """Write a copy, named by serial number, so that it can be listed and revoked."""
    atomic.make_private_folder(files.issued)
    atomic.write_public(files.issued / f"{serial_text(certificate)}.pem", to_pem(certificate))


def on_record(files: AuthorityFiles, client: str | None = None) -> list[x509.Certificate]:
    """Every certificate issued (to that client), oldest first."""
    found = []
    for path in files.issued.glob("*.pem"):
        try:
            certificate = x509.load_pem_x509_certificate(atomic.read(path))
        except ValueError:
            raise CertificateFileError(
                f"{path} is not the certificate that was recorded. Restore it from a "
                "backup; without it that certificate cannot be revoked."
            ) from None
        if client is None or client_of(certificate) == client:
            found.append(certificate)
    return sorted(found, key=lambda c: (c.not_valid_before_utc, c.serial_number))


def client_of(certificate: x509.Certificate) -> str:
    """The client id, which is the common name."""
    attributes = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attributes[0].value) if attributes else ""


def revocable(
    files: AuthorityFiles,
    client: str,
    serial_number: int | None = None,
    *,
    now: datetime | None = None,
) -> list[x509.Certificate]:
    """The client's certificates that are still usable, or the one with that serial number.

    Raises:
        NotIssuedError: there is none.
    """
    now = now or datetime.now(UTC)
    revoked = revocation.load(files)
    found = [
        certificate
        for certificate in on_record(files, client)
        if certificate.not_valid_after_utc > now
        and certificate not in revoked
        and serial_number in {None, certificate.serial_number}
    ]
    if not found:
        raise NotIssuedError(client, files.issued, serial_number)
    return found
