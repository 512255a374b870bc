"""A public key as a JSON Web Key, checked against PyJWT and the RFCs."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

from portcullis.pki.public_jwk import PublicJwk, SigningKeyError


def pem(key):
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_the_coordinates_are_the_key_s():
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = PublicJwk.from_pem(pem(key)).as_dict()
    assert jwk["alg"] == "ES256"
    assert jwk["use"] == "sig"
    assert ECAlgorithm.from_jwk(jwk).public_numbers() == key.public_key().public_numbers()


def test_the_key_id_is_the_thumbprint_of_rfc_7638():
    jwk = PublicJwk.from_pem(pem(ec.generate_private_key(ec.SECP256R1())))
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{jwk.x}","y":"{jwk.y}"}}'
    digest = hashlib.sha256(canonical.encode()).digest()
    assert jwk.kid == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_leading_zeros_of_a_coordinate_are_kept():
    # The private number 2**k grows until a coordinate starts with a zero byte.
    for scalar in range(1, 5000):
        key = ec.derive_private_key(scalar, ec.SECP256R1())
        if key.public_key().public_numbers().x >> 248 == 0:
            break
    jwk = PublicJwk.from_pem(pem(key))
    assert len(base64.urlsafe_b64decode(jwk.x + "=")) == 32
    assert ECAlgorithm.from_jwk(json.dumps(jwk.as_dict())).public_numbers() == (
        key.public_key().public_numbers()
    )


def test_every_value_may_stand_in_a_stage_variable():
    jwk = PublicJwk.from_pem(pem(ec.generate_private_key(ec.SECP256R1())))
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert set(jwk.kid + jwk.x + jwk.y) <= allowed


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "secp384r1"),
        (rsa.generate_private_key(65537, 2048), "RSAPublicKey"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519PublicKey"),
    ],
    ids=["P-384", "RSA", "Ed25519"],
)
def test_a_key_that_es256_cannot_use_is_refused(key, kind):
    with pytest.raises(SigningKeyError, match=kind):
        PublicJwk.from_pem(pem(key))
