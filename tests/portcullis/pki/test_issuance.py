"""Renewals ask for the same names, and no lifetime outlives the authority."""

from datetime import timedelta

import pytest

from portcullis.pki import hierarchy, issuance, names, revocation
from portcullis.pki.errors import LifetimeError, NotIssuedError
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.keys import KeyType
from portcullis.pki.layout import Purpose
from portcullis.pki.revocation import RevocationEntry, RevocationReason, RevocationRecord


def test_a_renewal_asks_for_the_same_and_leaves_the_old_one_valid(
    hand_out, files, request_for, now
):
    sans = (names.san_uri("spiffe://a.test/x"), names.san_dns("shop.partner.example"))
    old = hand_out(
        request_for(
            names=sans,
            lifetime=timedelta(days=90),
            organization="Pets, Inc.",
            key_type=KeyType.RSA_2048,
        ),
        now=now,
    ).certificate
    request = issuance.renewal_of(files, "pet-shop")
    assert request == ClientRequest(
        client="pet-shop",
        names=sans,
        lifetime=timedelta(days=90),
        organization="Pets, Inc.",
        key_type=KeyType.RSA_2048,
    )
    new = hand_out(request, replace=True, now=now + timedelta(days=80)).certificate
    assert new.public_key() != old.public_key()
    assert new.not_valid_before_utc < old.not_valid_after_utc < new.not_valid_after_utc


def test_a_renewal_may_live_another_time(hand_out, files):
    hand_out()
    request = issuance.renewal_of(files, "pet-shop", lifetime=timedelta(hours=4))
    assert request.lifetime == timedelta(hours=4)


def revoke(layout, files, certificate):
    authority = hierarchy.load(layout, Purpose.CLIENT).issuing
    added = [
        RevocationEntry.now(certificate.serial_number, "pet-shop", RevocationReason.UNSPECIFIED)
    ]
    revocation.publish(authority, files, RevocationRecord().with_added(added))


def test_a_revoked_certificate_is_not_renewed(hand_out, layout, files):
    revoke(layout, files, hand_out().certificate)
    with pytest.raises(NotIssuedError):
        issuance.renewal_of(files, "pet-shop")


def test_a_lifetime_beyond_the_authority_is_refused_before_anything_is_written(
    hand_out, request_for, tmp_path
):
    with pytest.raises(LifetimeError):
        hand_out(request_for(lifetime=timedelta(days=4000)))
    assert not (tmp_path / "out").exists()
