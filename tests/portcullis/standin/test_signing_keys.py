"""Keys in memory: an id per name, a public key for signing keys only."""

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from portcullis.standin.signing_keys import LocalKeys, UnknownKeyError

SIGNING = {"customerMasterKeySpec": "ECC_NIST_P256"}


def test_the_id_follows_from_the_name():
    assert LocalKeys().create("a", SIGNING) == LocalKeys().create("a", SIGNING)
    assert LocalKeys().create("a", SIGNING) != LocalKeys().create("b", SIGNING)


def test_a_signing_key_has_a_public_key():
    keys = LocalKeys()
    der = keys.public_key_der(keys.create("a", SIGNING))
    assert load_der_public_key(der).curve.name == "secp256r1"


def test_a_symmetric_key_has_none():
    keys = LocalKeys()
    with pytest.raises(UnknownKeyError, match=r"signing key .* does not exist"):
        keys.public_key_der(keys.create("a", {}))


def test_an_rsa_signing_key_has_a_public_key():
    keys = LocalKeys()
    der = keys.public_key_der(keys.create("a", {"customerMasterKeySpec": "RSA_2048"}))
    assert load_der_public_key(der).key_size == 2048
