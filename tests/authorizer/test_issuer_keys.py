"""Which key of its issuer signed a certificate."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer.issuer_keys import IssuerKeys, KeyStatus, is_signed_by_any
from tests.authorizer.lists import spki
from tests.authorizer.making import certificate, elliptic_key, rsa_key

PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
OTHER = ec.generate_private_key(ec.SECP256R1())


def der(**changes):
    return certificate(**changes).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("signer", "options"),
    [
        (elliptic_key(), {}),
        (elliptic_key(ec.SECP384R1), {"digest": hashes.SHA384()}),
        (rsa_key(), {}),
        (rsa_key(), {"rsa_padding": PSS}),
    ],
    ids=["P-256", "P-384", "RSA", "RSA-PSS"],
)
def test_the_key_that_signed_is_found_and_no_other(signer, options):
    signed = der(signer=signer, **options)
    assert is_signed_by_any(signed, [spki(OTHER), spki(signer)])
    assert not is_signed_by_any(signed, [spki(OTHER)])
    assert not is_signed_by_any(signed, [])


@pytest.mark.parametrize("key", [b"", b"garbage", spki(ed25519.Ed25519PrivateKey.generate())])
def test_a_key_that_cannot_have_signed_is_not_taken_for_it(key):
    assert not is_signed_by_any(der(), [key])


def test_the_content_is_covered_by_the_signature():
    changed = bytearray(der())
    changed[changed.index(b"pet-shop")] ^= 1
    assert not is_signed_by_any(bytes(changed), [spki()])


@pytest.mark.parametrize(
    ("accepted", "has_revoked", "status"),
    [
        ((spki(),), False, KeyStatus.ACCEPTED),
        ((spki(),), True, KeyStatus.ACCEPTED),
        ((spki(OTHER),), True, KeyStatus.REVOKED),
        ((), True, KeyStatus.REVOKED),
        ((spki(OTHER),), False, KeyStatus.UNKNOWN),
        ((), False, KeyStatus.UNKNOWN),
    ],
)
def test_the_status_of_a_key(accepted, has_revoked, status):
    assert IssuerKeys(accepted, has_revoked).status(der()) is status
