"""Renewals ask for the same names, and no lifetime outlives the authority."""

from datetime import timedelta

import pytest

from portcullis.pki import inventory, issuance, names
from portcullis.pki.errors import LifetimeError, NotIssuedError
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.keys import KeyType


@pytest.fixture
def renewal_of(layout):
    def call(client, **options):
        with inventory.opened(layout) as known:
            return issuance.renewal_of(known, client, **options)

    return call


def test_a_renewal_asks_for_the_same_and_leaves_the_old_one_valid(
    hand_out, renewal_of, request_for, now
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
    request = renewal_of("pet-shop")
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


def test_a_renewal_may_live_another_time(hand_out, renewal_of):
    hand_out()
    request = renewal_of("pet-shop", lifetime=timedelta(hours=4))
    assert request.lifetime == timedelta(hours=4)


def test_a_revoked_certificate_is_not_renewed(hand_out, revoke, renewal_of):
    revoke(hand_out().certificate)
    with pytest.raises(NotIssuedError):
        renewal_of("pet-shop")


def test_a_lifetime_beyond_the_authority_is_refused_before_anything_is_written(
    hand_out, request_for, tmp_path
):
    with pytest.raises(LifetimeError):
        hand_out(request_for(lifetime=timedelta(days=4000)))
    assert not (tmp_path / "out").exists()
