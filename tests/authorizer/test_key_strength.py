"""Which public keys are accepted; `vectors/keys.py` has those of damaged certificates."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from authorizer.key_strength import weakness
from tests.authorizer.making import elliptic_key, rsa_key


def rsa_of(bits: int, exponent: int = 65537) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(exponent, 2 ** (bits - 1) + 1).public_key()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (elliptic_key().public_key(), ""),
        (elliptic_key(ec.SECP521R1).public_key(), ""),
        (elliptic_key(ec.SECP224R1).public_key(), "curve"),
        (elliptic_key(ec.SECP256K1).public_key(), "curve"),
        (rsa_key().public_key(), ""),
        (rsa_of(2047), "fewer than 2048"),
        (rsa_of(8192), ""),
        (rsa_of(8193), "more than 8192"),
        (rsa_of(2048, 3), ""),
        (rsa_of(2048, 2**32 - 1), ""),
        (rsa_of(2048, 2**32 + 1), "exponent of more than 32"),
        (rsa.RSAPublicNumbers(65537, 2**2047 + 2).public_key(), "even"),
        (ed25519.Ed25519PrivateKey.from_private_bytes(b"1" * 32).public_key(), "RSA or elliptic"),
    ],
)
def test_a_key_is_accepted_or_has_a_weakness(key, expected):
    found = weakness(key)
    assert bool(found) == bool(expected)
    assert expected in found


@pytest.mark.parametrize("exponent", [0, 1, 2, 4, 65536])
def test_the_library_makes_no_rsa_key_with_an_even_or_tiny_exponent(exponent):
    """So `weakness` does not look for them."""
    with pytest.raises(ValueError, match="e must be"):
        rsa_of(2048, exponent)
