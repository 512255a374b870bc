"""Each forged certificate fails for its own reason, by OpenSSL's own numbers."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.x509.oid import ExtendedKeyUsageOID

from portcullis.pki import forge, keys
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.keys import KeyType
from portcullis.pki.layout import Purpose

DAY = timedelta(days=1)


def honest(issuing, names):
    return issuing.issue_client("pet-shop", names)


def expired(issuing, names):
    return issuing.issue_client("pet-shop", names, not_after=datetime.now(UTC) - DAY)


def not_yet_valid(issuing, names):
    return issuing.issue_client("pet-shop", names, not_before=datetime.now(UTC) + DAY)


def wrong_usage(issuing, names):
    return issuing.issue_client("pet-shop", names, usages=(ExtendedKeyUsageOID.SERVER_AUTH,))


def self_signed(issuing, names):
    return forge.self_signed("pet-shop", names)


def unknown_authority(issuing, names):
    return Hierarchy.create(Purpose.CLIENT).issuing.issue_client("pet-shop", names)


def weak_key(issuing, names):
    return forge.with_weak_key(issuing, "pet-shop", names)


def weak_signature(issuing, names):
    return forge.with_weak_signature(issuing, "pet-shop", names)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (honest, None),
        (expired, 10),
        (not_yet_valid, 9),
        (wrong_usage, 26),
        (self_signed, 18),
        (unknown_authority, 20),
        (weak_key, 66),
        (weak_signature, 68),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_openssl_refuses_each_for_its_own_reason(make, error, trusted, pet_shop, openssl_verify):
    forged = make(trusted.issuing, pet_shop)
    said = openssl_verify(
        forged.certificate,
        trusted.anchors_pem(Purpose.CLIENT),
        *("-purpose", "sslclient", "-auth_level", "2"),
        fails=error is not None,
    )
    assert error is None or f"error {error} at" in said


def test_each_forged_certificate_has_the_key_and_names_of_an_honest_one(trusted, pet_shop):
    makers = (self_signed, weak_key, weak_signature)
    for forged in [make(trusted.issuing, pet_shop) for make in makers]:
        assert keys.belongs(forged.key, forged.certificate.public_key())
        assert forged.certificate.subject.rfc4514_string() == "CN=pet-shop"


@pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384, KeyType.RSA_2048])
def test_a_sha1_signature_is_a_true_one_of_the_authority(key_type, pet_shop):
    issuing = Hierarchy.create(Purpose.CLIENT, key_type=key_type).issuing
    leaf = forge.with_weak_signature(issuing, "pet-shop", pet_shop).certificate
    assert isinstance(leaf.signature_hash_algorithm, hashes.SHA1)
    sha1 = hashes.SHA1()  # noqa: S303 - the point
    scheme = (padding.PKCS1v15(), sha1) if key_type is KeyType.RSA_2048 else (ec.ECDSA(sha1),)
    issuing.certificate.public_key().verify(leaf.signature, leaf.tbs_certificate_bytes, *scheme)
