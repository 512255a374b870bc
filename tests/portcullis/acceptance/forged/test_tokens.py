"""Each forged token has exactly the fault of its name, by the PetStore's own verification."""

import asyncio
import json
from dataclasses import replace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portcullis.acceptance.errors import TokenError
from portcullis.acceptance.forged.jose import compact, decode_part
from portcullis.acceptance.forged.kms import kms_sign
from portcullis.acceptance.forged.tokens import Forger, PublicKey, widen
from portcullis.acceptance.matrix.request import CAPTURED, SIGNED_FOR_THE_CASE, BackendToken
from portcullis.acceptance.target.target import TargetSigningKey
from portcullis.petstore.verification import Expected, TokenRefusedError, verify
from portcullis.pki.identifiers import base64url
from tests.portcullis.acceptance.lab import http

THUMBPRINT = "T" * 43
REASONS = {
    BackendToken.GARBAGE: "The bearer token is not a compact JWT",
    BackendToken.FOREIGN_KEY: "The signature is not the issuer's",
    BackendToken.UNKNOWN_KEY_ID: "The key id is not one that the issuer publishes",
    BackendToken.ALG_NONE: "The algorithm is not ES256 or RS256",
    BackendToken.HS256_PUBLIC_KEY: "The algorithm is not ES256 or RS256",
    BackendToken.EXPIRED: "The token has expired",
    BackendToken.OTHER_AUDIENCE: "The token is meant for another audience",
    BackendToken.OTHER_ISSUER: "The token comes from another issuer",
    BackendToken.OTHER_TYPE: "The type is not at+jwt",
    BackendToken.UNBOUND: "A required claim is missing",
}


@pytest.fixture
def forger(lab):
    target = lab.target()
    return Forger(
        public=PublicKey.read(target.jwks),
        issuer=target.issuer,
        audience=target.audience,
        thumbprint=THUMBPRINT,
        client_id="pet-shop",
        scope="pets:read pets:write",
        signing_key=target.kms,
    )


@pytest.fixture
def check(lab):
    """What the PetStore says about a token."""

    class Keys:
        async def find(self, key_id):
            return lab.key.public_key() if key_id == "lab-key" else None

    expected = Expected(issuer="https://localhost", audience="petstore")

    def run(token):
        headers = [
            ("Authorization", f"Bearer {token}"),
            ("X-Client-Certificate-Thumbprint", THUMBPRINT),
        ]
        return asyncio.run(verify(headers, Keys(), expected, "pets:write"))

    return run


def genuine(forger):
    header = {"alg": "ES256", "typ": "at+jwt", "kid": "lab-key"}
    return compact(header, forger._claims(), forger._sign_with_real_key)


def test_without_a_fault_the_token_is_accepted(forger, check):
    assert check(genuine(forger)).client_id == "pet-shop"


@pytest.mark.parametrize(("token", "reason"), REASONS.items())
def test_the_fault_is_the_one_of_its_name(forger, check, token, reason):
    with pytest.raises(TokenRefusedError) as refused:
        check(forger.make(token))
    assert refused.value.reason == reason


def test_every_token_is_made_caught_or_none():
    assert set(BackendToken) == set(REASONS) | CAPTURED | {BackendToken.NONE}
    assert set(REASONS) >= SIGNED_FOR_THE_CASE


def test_a_widened_token_says_more_than_was_signed(forger, check):
    token = widen(genuine(forger))
    assert "admin" in decode_part(token.split(".")[1])["scope"]
    with pytest.raises(TokenRefusedError, match="The signature is not the issuer's"):
        check(token)


def test_the_public_key_confusion_would_fool_a_careless_verifier(forger, lab):
    """Otherwise the case would prove nothing: this verifier takes alg from the token."""
    token = forger.make(BackendToken.HS256_PUBLIC_KEY)
    header = jwt.get_unverified_header(token)
    careless = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signing_input, _, signature = token.rpartition(".")
    pem = public_pem(lab.key)
    assert header["alg"] == "HS256"
    assert careless.verify(signing_input.encode(), pem, jwt.utils.base64url_decode(signature))


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("token", [*sorted(CAPTURED), BackendToken.NONE])
def test_a_token_that_is_caught_cannot_be_made(forger, token):
    with pytest.raises(TokenError):
        forger.make(token)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"keys":[]}',
        '{"keys":[{"kid":"k"}]}',
        '{"keys":[{"x":1,"y":2}]}',
        '{"keys":[{"kid":"k","kty":"EC","crv":"P-256","x":1,"y":2}]}',
        '{"keys":[{"kid":"k","kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}]}',
        '{"keys":[{"kid":"k","kty":"OKP","crv":"Ed25519","x":"' + "A" * 43 + '"}]}',
    ],
)
def test_a_jwks_without_a_key_is_an_error(tmp_path, content):
    file = tmp_path / "jwks.json"
    file.write_text(content)
    with pytest.raises(TokenError, match=r"jwks\.json"):
        PublicKey.read(file)


@pytest.mark.parametrize("answer", [b"", b"{}", b'{"Signature":1}', b"[]"])
def test_a_kms_that_does_not_sign_is_an_error(serve, answer):
    server = serve(lambda _asked: http(200, answer))
    key = TargetSigningKey(
        endpoint=f"http://127.0.0.1:{server.port}", key_arn="a:b:c:eu-central-1:k"
    )
    with pytest.raises(TokenError, match="did not sign"):
        kms_sign(key, b"message")


def test_the_kms_is_asked_to_hash_the_message_itself(lab):
    """A digest would be hashed once more by the laptop's KMS (getmoto/moto#10202)."""
    kms_sign(lab.target().kms, b"message")
    asked = json.loads(lab.kms.asked[-1].body)
    assert asked["MessageType"] == "RAW"
    assert "/eu-central-1/kms/" in lab.kms.asked[-1].header("authorization")


def test_without_a_signing_key_genuine_faults_cannot_be_made(forger):
    with pytest.raises(TokenError, match="does not let"):
        replace(forger, signing_key=None).make(BackendToken.EXPIRED)


def test_an_rsa_key_of_a_jwks_is_read(tmp_path):
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    modulus = public.public_numbers().n.to_bytes(256, "big")
    entry = {"kty": "RSA", "kid": "rsa-key", "n": base64url(modulus), "e": "AQAB"}
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [entry]}))
    read = PublicKey.read(tmp_path / "jwks.json")
    assert (read.key, read.algorithm) == (public, "RS256")
