"""A public key as a JSON Web Key, checked against PyJWT and the RFCs."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from portcullis.pki.public_jwk import PublicJwk, RsaPublicJwk, SigningKeyError


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
        (lambda: ec.generate_private_key(ec.SECP384R1()), "secp384r1"),
        (lambda: rsa.generate_private_key(65537, 2048), "RSAPublicKey"),
        (ed25519.Ed25519PrivateKey.generate, "Ed25519PublicKey"),
    ],
    ids=["P-384", "RSA", "Ed25519"],
)
def test_a_key_that_es256_cannot_use_is_refused(key, kind):
    with pytest.raises(SigningKeyError, match=kind):
        PublicJwk.from_pem(pem(key()))


def rsa_pem(bits=2048, exponent=65537):
    key = rsa.generate_private_key(public_exponent=exponent, key_size=bits).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(), key


def test_an_rsa_key_is_a_jwk_that_verifies_rs256():
    pem, key = rsa_pem()
    jwk = RsaPublicJwk.from_pem(pem).as_dict()
    assert {name: jwk[name] for name in ("kty", "use", "alg", "e")} == {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "e": "AQAB",
    }
    assert RSAAlgorithm.from_jwk(jwk).public_numbers() == key.public_numbers()


def test_the_key_id_of_the_example_in_rfc_7638():
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
        "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
        "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI"
        "4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    assert RsaPublicJwk(n=modulus).kid == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_modulus_fits_a_stage_variable():
    pem, _ = rsa_pem()
    assert len(RsaPublicJwk.from_pem(pem).n) == 342  # API Gateway allows 512 characters


@pytest.mark.parametrize("key", [{"bits": 3072}, {"exponent": 3}], ids=["3072", "e=3"])
def test_another_rsa_key_is_refused(key):
    pem, _ = rsa_pem(**key)
    with pytest.raises(SigningKeyError, match="RS256 needs an RSA_2048 key"):
        RsaPublicJwk.from_pem(pem)
