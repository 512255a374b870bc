"""Checks the client certificates on record, and the CRL of their authority."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from portcullis.doctor.diagnosis import Diagnosis, fail, ok, skipped, warn
from portcullis.pki import hierarchy, inventory
from portcullis.pki.clock import moment
from portcullis.pki.errors import PkiError, PkiMisuseError
from portcullis.pki.inventory import Inventory
from portcullis.pki.layout import AuthorityFiles, PkiLayout, Purpose
from portcullis.pki.validity import Validity, validity

CHECK = "client certificates"
CRL_DUE = timedelta(days=1)


def check_issued_certificates(folder: Path, *, now: datetime | None = None) -> Iterator[Diagnosis]:
    """A client is judged by its newest certificate: older ones may end after a renewal."""
    now = moment(now)
    layout = PkiLayout(folder)
    if not hierarchy.exists(layout.authority(Purpose.CLIENT)):
        yield skipped(CHECK, f"{folder} has no client authority (see PORTCULLIS_PKI)")
        return
    try:
        with inventory.opened(layout) as known:
            yield from _due(known, now)
            for generation in known.generations:
                if generation.is_current or not generation.has_ended(now):
                    yield from _crl(generation.files, now)
    except (PkiError, PkiMisuseError) as error:
        yield fail(CHECK, str(error))


def _due(known: Inventory, now: datetime) -> Iterator[Diagnosis]:
    newest = inventory.newest_by_client(known.issued())
    due = {
        client: one.certificate
        for client, one in newest.items()
        if validity(one.certificate, now=now) in {Validity.RENEW, Validity.EXPIRED}
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
        yield ok(CHECK, f"{known.layout.folder}: clients: {len(newest)}, none due for renewal")


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
