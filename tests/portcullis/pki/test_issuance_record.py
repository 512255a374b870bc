"""Everything issued is on record, and only what is on record can be revoked."""

from datetime import timedelta

import pytest

from portcullis.pki import hierarchy, issuance, issuance_record, revocation
from portcullis.pki.errors import CertificateFileError, NotIssuedError
from portcullis.pki.layout import Purpose
from portcullis.pki.revocation import RevocationEntry, RevocationReason, RevocationRecord


def test_everything_issued_is_on_record_by_client_and_age(hand_out, files, request_for, now):
    first = hand_out()
    other = hand_out(request_for("pet-viewer"))
    later = hand_out(replace=True, now=now + timedelta(hours=1))
    assert issuance_record.on_record(files, "pet-shop") == [first.certificate, later.certificate]
    assert issuance_record.on_record(files, "pet-viewer") == [other.certificate]
    assert len(issuance_record.on_record(files)) == 3


def test_a_damaged_record_is_an_error(hand_out, files):
    hand_out()
    (path,) = files.issued.iterdir()
    path.write_bytes(b"")
    with pytest.raises(CertificateFileError, match="Restore it from a backup"):
        issuance_record.on_record(files)


def test_a_client_without_a_certificate_cannot_be_renewed_or_revoked(files):
    for call in (issuance.renewal_of, issuance_record.revocable):
        with pytest.raises(NotIssuedError, match="portcullis certs list"):
            call(files, "pet-shop")


def revoke(layout, files, certificate):
    authority = hierarchy.load(layout, Purpose.CLIENT).issuing
    added = [
        RevocationEntry.now(certificate.serial_number, "pet-shop", RevocationReason.UNSPECIFIED)
    ]
    revocation.publish(authority, files, RevocationRecord().with_added(added))


def test_only_what_still_works_can_be_revoked(hand_out, layout, files, request_for, now):
    revoked = hand_out().certificate
    revoke(layout, files, revoked)
    short = hand_out(request_for(lifetime=timedelta(hours=1)), replace=True).certificate
    long = hand_out(replace=True).certificate
    hand_out(request_for("pet-viewer"))
    assert set(issuance_record.revocable(files, "pet-shop")) == {short, long}
    assert issuance_record.revocable(files, "pet-shop", now=now + timedelta(days=1)) == [long]
    assert issuance_record.revocable(files, "pet-shop", long.serial_number) == [long]
    for serial_number in (revoked.serial_number, 1):
        with pytest.raises(NotIssuedError, match="serial number"):
            issuance_record.revocable(files, "pet-shop", serial_number)
