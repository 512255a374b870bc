"""Checks the client certificates on record, and the CRL of their authority."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from portcullis.doctor.diagnosis import Diagnosis, fail, ok, skipped, warn
from portcullis.pki import hierarchy, issuance_record, revocation
from portcullis.pki.errors import PkiError, PkiMisuseError
from portcullis.pki.layout import AuthorityFiles, PkiLayout, Purpose
from portcullis.pki.validity import Validity, validity

CHECK = "client certificates"
CRL_DUE = timedelta(days=1)


def check_issued_certificates(folder: Path, *, now: datetime | None = None) -> Iterator[Diagnosis]:
    """A client is judged by its newest certificate: older ones may end after a renewal."""
    now = now or datetime.now(UTC)
    files = PkiLayout(folder).authority(Purpose.CLIENT)
    if not hierarchy.exists(files):
        yield skipped(CHECK, f"{folder} has no client authority (see PORTCULLIS_PKI)")
        return
    try:
        yield from _due(files, now)
        yield from _crl(files, now)
    except (PkiError, PkiMisuseError) as error:
        yield fail(CHECK, str(error))


def _due(files: AuthorityFiles, now: datetime) -> Iterator[Diagnosis]:
    revoked = revocation.load(files)
    newest: dict[str, x509.Certificate] = {}
    for certificate in issuance_record.on_record(files):
        if certificate not in revoked:
            newest[issuance_record.client_of(certificate)] = certificate
    due = {
        client: certificate
        for client, certificate in newest.items()
        if validity(certificate, now=now) in {Validity.RENEW, Validity.EXPIRED}
    }
    for client, certificate in due.items():
        end = certificate.not_valid_after_utc
        verb = "ended" if end <= now else "ends"
        yield warn(
            CHECK,
            f"{client}: its certificate {verb} {end:%Y-%m-%d %H:%M} UTC",
            f"Run: portcullis certs renew {client} --out DIR",
        )
    if not due:
        yield ok(CHECK, f"{files.folder}: clients: {len(newest)}, none due for renewal")


def _crl(files: AuthorityFiles, now: datetime) -> Iterator[Diagnosis]:
    if not files.crl.exists():
        return  # nothing was revoked
    try:
        due = x509.load_pem_x509_crl(files.crl.read_bytes()).next_update_utc
    except (OSError, ValueError):
        yield fail("own crl", f"{files.crl} cannot be read", "Run: portcullis certs crl")
        return
    if due is None or due - now < CRL_DUE:
        until = "never" if due is None else f"{due:%Y-%m-%d %H:%M} UTC"
        yield warn(
            "own crl", f"{files.crl}: the next one is due {until}", "Run: portcullis certs crl"
        )
    else:
        yield ok("own crl", f"{files.crl}: the next one is due {due:%Y-%m-%d}")
