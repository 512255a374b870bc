"""Keys come back from their files as they were, or not at all."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from authorizer.key_strength import weakness
from portcullis.pki import keys
from portcullis.pki.keys import KeyType


@pytest.mark.parametrize("key_type", list(KeyType))
def test_a_key_survives_its_file(key_type):
    key = keys.generate(key_type)
    again = keys.from_pem(keys.to_pem(key))
    assert keys.belongs(again, key.public_key())
    assert keys.type_of(again.public_key()) is key_type
    assert not weakness(again.public_key())


def encrypted() -> bytes:
    return keys.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )


def of_another_kind() -> bytes:
    return ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"no key", keys.to_pem(keys.generate())[:-80], encrypted(), of_another_kind()],
    ids=["empty", "text", "cut", "encrypted", "ed25519"],
)
def test_what_is_not_our_key_is_a_value_error(content):
    with pytest.raises(ValueError):  # noqa: PT011 - the library's text varies and is never shown
        keys.from_pem(content)


@pytest.mark.parametrize(
    ("key", "described"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "EC secp256r1"),
        (rsa.generate_private_key(65537, 1024), "RSA 1024"),  # noqa: S505 - the point
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
    ],
    ids=["p256", "rsa1024", "ed25519"],
)
def test_a_key_is_described_by_kind_and_size(key, described):
    assert keys.describe(key.public_key()) == described


def test_a_key_of_another_kind_or_size_has_no_type_of_ours():
    assert keys.type_of(ed25519.Ed25519PrivateKey.generate().public_key()) is None
    assert keys.type_of(ec.generate_private_key(ec.SECP521R1()).public_key()) is None
