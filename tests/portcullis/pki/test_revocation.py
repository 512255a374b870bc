"""The list keeps every revocation, and OpenSSL accepts it."""

import json
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from portcullis.pki import atomic, hierarchy, inventory, revocation
from portcullis.pki.errors import AuthorityBrokenError
from portcullis.pki.layout import Purpose
from portcullis.pki.revocation import RevocationEntry, RevocationReason, RevocationRecord


@pytest.fixture
def authority(layout, files):
    return hierarchy.load(layout, Purpose.CLIENT).issuing


def entry_for(certificate, now, reason=RevocationReason.KEY_COMPROMISE):
    return RevocationEntry(serial_number=certificate.serial_number, reason=reason, revoked_at=now)


def published(layout, added=(), **options):
    """The next CRL of the present authority."""
    with inventory.opened(layout) as known:
        authority = hierarchy.load(layout, Purpose.CLIENT).issuing
        return known.publish(known.generations[0], authority, added, **options)


def number(crl):
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def test_a_new_authority_has_revoked_nothing(files, authority):
    assert revocation.load(files, authority.certificate) == RevocationRecord()


def test_a_list_holds_number_dates_issuer_and_reasons(authority, layout, hand_out, now):
    revoked, other = hand_out().certificate, hand_out(replace=True).certificate
    crl = published(layout, [entry_for(revoked, now)], lifetime=timedelta(days=3), now=now)
    assert crl.issuer == authority.certificate.subject
    assert crl.is_signature_valid(authority.certificate.public_key())
    assert (crl.last_update_utc, crl.next_update_utc) == (now, now + timedelta(days=3))
    assert number(crl) == 1
    entry = crl.get_revoked_certificate_by_serial_number(revoked.serial_number)
    assert entry.revocation_date_utc == now
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.key_compromise
    assert crl.get_revoked_certificate_by_serial_number(other.serial_number) is None


@pytest.mark.parametrize("reason", list(RevocationReason))
def test_every_reason_is_one_that_rfc_5280_knows(authority, leaf, now, reason):
    record = RevocationRecord().followed_by([entry_for(leaf, now, reason)])
    (entry,) = revocation.sign(authority, record)
    found = [e.value.reason.value for e in entry.extensions if isinstance(e.value, x509.CRLReason)]
    assert found == ([] if reason is RevocationReason.UNSPECIFIED else [reason.value])


@pytest.mark.parametrize("is_lost", [False, True], ids=["inventory kept", "inventory lost"])
def test_numbers_grow_with_every_list_and_survive_on_disk(layout, authority, leaf, now, is_lost):
    added = [entry_for(leaf, now)]
    for expected in (1, 2, 3):
        crl = published(layout, added if expected == 2 else ())
        assert (number(crl), len(crl)) == (expected, int(expected > 1))
        if is_lost:
            layout.inventory.unlink()
    record = revocation.load(layout.authority(Purpose.CLIENT), authority.certificate)
    assert record == RevocationRecord(crl_number=3, revocations=tuple(added))
    with inventory.opened(layout) as known:
        assert known.record_of(known.generations[0]) == record


def test_the_first_revocation_of_a_certificate_stands(leaf, now):
    first = entry_for(leaf, now)
    later = entry_for(leaf, now + timedelta(days=1), RevocationReason.SUPERSEDED)
    record = RevocationRecord().followed_by([first]).followed_by([later])
    assert record.revocations == (first,)


def test_a_list_that_was_not_written_uses_up_no_number_and_revokes_nothing(
    layout, files, leaf, now, monkeypatch
):
    published(layout)

    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic, "write_public", stop)
    with pytest.raises(KeyboardInterrupt):
        published(layout, [entry_for(leaf, now)])
    monkeypatch.undo()
    crl = published(layout)
    assert (number(crl), len(crl)) == (2, 0)


def test_a_list_that_was_written_just_before_the_end_counts(layout, files, leaf, now, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    with inventory.opened(layout) as known:
        authority = hierarchy.load(layout, Purpose.CLIENT).issuing
        monkeypatch.setattr(known, "_refresh", stop)
        with pytest.raises(KeyboardInterrupt):
            known.publish(known.generations[0], authority, [entry_for(leaf, now)])
    crl = published(layout)
    assert (number(crl), len(crl)) == (2, 1)


ENTRY = {"serialNumber": "AA", "reason": "superseded", "revokedAt": "2026-11-22T00:00:00+00:00"}


def test_the_record_of_an_earlier_version_is_taken_over(layout, files):
    document = {"crlNumber": 7, "revocations": [ENTRY]}
    atomic.write_public(files.revocations, json.dumps(document).encode())
    crl = published(layout)
    assert (number(crl), [entry.serial_number for entry in crl]) == (8, [0xAA])
    assert not files.revocations.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"crlNumber": 1}',
        b'{"crlNumber": "x", "revocations": []}',
        b'{"crlNumber": 1, "revocations": [{"serialNumber": "AA"}]}',
        json.dumps({"crlNumber": 1, "revocations": [ENTRY | {"reason": "?"}]}).encode(),
    ],
    ids=["empty", "list", "object", "no list", "no number", "no reason", "unknown reason"],
)
def test_a_damaged_record_is_an_error_and_never_an_empty_one(layout, files, content):
    atomic.write_public(files.revocations, content)
    with pytest.raises(AuthorityBrokenError, match=r"revocations\.json"):
        published(layout)


@pytest.mark.parametrize("signer", ["another CA", "none"])
def test_a_list_of_another_signer_is_an_error(layout, files, trusted, signer):
    crl = revocation.sign(trusted.issuing, RevocationRecord())
    content = crl.public_bytes(serialization.Encoding.PEM) if signer != "none" else b"damaged"
    atomic.write_public(files.crl, content)
    with pytest.raises(AuthorityBrokenError, match=r"crl\.pem"):
        published(layout)


def test_a_damaged_list_is_written_again_from_the_inventory(layout, files, leaf, now):
    published(layout, [entry_for(leaf, now)])
    files.crl.write_bytes(b"damaged")
    crl = published(layout)
    assert (number(crl), len(crl)) == (2, 1)


def test_openssl_refuses_what_the_list_names(hand_out, revoke, layout, files, openssl_verify):
    revoked, other = hand_out().certificate, hand_out(replace=True).certificate
    revoke(revoked)
    check = (layout.truststore.read_bytes(), "-CRLfile", files.crl, "-crl_check")
    openssl_verify(other, *check)
    assert "certificate revoked" in openssl_verify(revoked, *check, fails=True)
