"""The record keeps every revocation, and OpenSSL accepts the list."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from portcullis.pki import atomic, hierarchy, issuance, revocation
from portcullis.pki.errors import AuthorityBrokenError
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.layout import Purpose
from portcullis.pki.revocation import RevocationEntry, RevocationReason, RevocationRecord


@pytest.fixture
def authority(layout):
    (made,) = hierarchy.create_all(layout, [Purpose.CLIENT])
    return made.hierarchy.issuing


@pytest.fixture
def files(layout, authority):
    return layout.authority(Purpose.CLIENT)


@pytest.fixture
def issued(authority, files, pet_shop):
    request = ClientRequest(client="pet-shop", names=pet_shop)
    return [issuance.issue(authority, files, request).certificate for _ in range(2)]


def revocation_of(certificate, now, reason=RevocationReason.KEY_COMPROMISE):
    return RevocationEntry(
        serial_number=certificate.serial_number,
        client="pet-shop",
        reason=reason,
        revoked_at=now,
    )


def test_a_new_authority_has_revoked_nothing(files):
    assert revocation.load(files) == RevocationRecord()


def test_a_list_holds_number_dates_issuer_and_reasons(authority, files, issued, now):
    record = RevocationRecord().with_added([revocation_of(issued[0], now)])
    crl = revocation.publish(authority, files, record, lifetime=timedelta(days=3), now=now)
    assert crl.issuer == authority.certificate.subject
    assert crl.is_signature_valid(authority.certificate.public_key())
    assert (crl.last_update_utc, crl.next_update_utc) == (now, now + timedelta(days=3))
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 1
    entry = crl.get_revoked_certificate_by_serial_number(issued[0].serial_number)
    assert entry.revocation_date_utc == now
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.key_compromise
    assert crl.get_revoked_certificate_by_serial_number(issued[1].serial_number) is None


@pytest.mark.parametrize("reason", list(RevocationReason))
def test_every_reason_is_one_that_rfc_5280_knows(authority, issued, now, reason):
    record = RevocationRecord().with_added([revocation_of(issued[0], now, reason)])
    (entry,) = revocation.sign(authority, record)
    found = [e.value.reason.value for e in entry.extensions if isinstance(e.value, x509.CRLReason)]
    assert found == ([] if reason is RevocationReason.UNSPECIFIED else [reason.value])


def test_numbers_grow_with_every_list_and_survive_on_disk(authority, files, issued, now):
    for expected in (1, 2, 3):
        crl = revocation.publish(authority, files, revocation.load(files))
        assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == expected
    record = revocation.load(files).with_added([revocation_of(issued[0], now)])
    revocation.publish(authority, files, record)
    assert revocation.load(files).revocations == record.revocations
    assert issued[0] in revocation.load(files)
    assert issued[1] not in revocation.load(files)


def test_the_first_revocation_of_a_certificate_stands(issued, now):
    first = revocation_of(issued[0], now)
    later = revocation_of(issued[0], now + timedelta(days=1), RevocationReason.SUPERSEDED)
    record = RevocationRecord().with_added([first]).with_added([later])
    assert record.revocations == (first,)


def test_a_number_is_used_up_even_if_its_list_was_never_written(authority, files, monkeypatch, now):
    revocation.publish(authority, files, revocation.load(files))

    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(revocation, "sign", stop)
    with pytest.raises(KeyboardInterrupt):
        revocation.publish(authority, files, revocation.load(files))
    monkeypatch.undo()
    crl = revocation.publish(authority, files, revocation.load(files))
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"crlNumber": 1}',
        b'{"crlNumber": "x", "revocations": []}',
        b'{"crlNumber": 1, "revocations": [{"serialNumber": "AA"}]}',
        b'{"crlNumber": 1, "revocations": [{"serialNumber": "AA", "client": "a", "reason": "?",'
        b' "revokedAt": "2026-11-22T00:00:00+00:00"}]}',
    ],
    ids=["empty", "list", "object", "no list", "no number", "no reason", "unknown reason"],
)
def test_a_damaged_record_is_an_error_and_never_an_empty_one(files, content):
    atomic.write_public(files.revocations, content)
    with pytest.raises(AuthorityBrokenError, match=r"revocations\.json"):
        revocation.load(files)


def test_openssl_refuses_what_the_list_names(authority, files, issued, layout, openssl_verify):
    now = datetime.now(UTC).replace(microsecond=0)
    record = RevocationRecord().with_added([revocation_of(issued[0], now)])
    revocation.publish(authority, files, record)
    check = (layout.truststore.read_bytes(), "-CRLfile", files.crl, "-crl_check")
    openssl_verify(issued[1], *check)
    assert "certificate revoked" in openssl_verify(issued[0], *check, fails=True)
