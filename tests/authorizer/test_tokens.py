"""One token per client, certificate and scopes: verifiable, bound, and reused while it lives."""

import base64
import json
import math

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from authorizer.reasons import FailedError, Reason
from authorizer.registry import RegisteredClient, RegistrationStatus
from authorizer.tokens import Mint
from tests.authorizer.making import LocalSigner, configuration, elliptic_key

THUMBPRINT = "t" * 43
NOW = 1_795_348_800.5


def client(client_id="pet-shop", scopes=("pets:read", "pets:write")):
    return RegisteredClient(id=client_id, scopes=scopes, status=RegistrationStatus.ACTIVE)


@pytest.fixture
def signer():
    return LocalSigner()


@pytest.fixture
def mint(signer):
    return Mint(configuration(), signer)


def token(mint, *, of=None, thumbprint=THUMBPRINT, now=NOW, accepted_until=math.inf):
    until = min(accepted_until, 253_402_300_799.0)  # the last moment that a certificate can name
    return mint.token(of or client(), thumbprint, now=now, accepted_until=until, deadline=0.0)


def test_a_token_verifies_with_the_public_key_and_says_what_it_should(mint):
    minted, was_reused = token(mint)
    assert not was_reused
    decoded = jwt.decode_complete(
        minted.value,
        elliptic_key().public_key(),
        algorithms=["ES256"],
        audience="petstore",
        issuer="https://localhost",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert decoded["header"] == {"alg": "ES256", "kid": "k" * 43, "typ": "at+jwt"}
    claims = decoded["payload"]
    assert len(claims.pop("jti")) == 22
    assert claims == {
        "iss": "https://localhost",
        "aud": "petstore",
        "sub": "pet-shop",
        "client_id": "pet-shop",
        "scope": "pets:read pets:write",
        "iat": 1_795_348_800,
        "nbf": 1_795_348_800,
        "exp": 1_795_349_100,
        "cnf": {"x5t#S256": THUMBPRINT},
    }


def test_a_signature_is_r_and_s_side_by_side(mint):
    signature = token(mint)[0].value.rsplit(".", 1)[1]
    assert len(base64.urlsafe_b64decode(signature + "==")) == 64


def test_a_token_is_reused_and_signed_once(mint, signer):
    first, _ = token(mint)
    second, was_reused = token(mint, now=NOW + 200)
    assert was_reused
    assert second.value == first.value
    assert len(signer.messages) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"of": client("pet-viewer")},
        {"of": client(scopes=("pets:read",))},
        {"thumbprint": "u" * 43},
    ],
    ids=["another client", "other scopes", "another certificate"],
)
def test_a_token_is_never_shared(mint, other):
    first, _ = token(mint)
    second, was_reused = token(mint, **other)
    assert not was_reused
    assert second.value != first.value


@pytest.mark.parametrize(
    ("cache_seconds", "age", "expected"),
    [(0, 269.5, True), (0, 270.5, False), (200, 69.5, True), (200, 70.5, False), (0, 301, False)],
)
def test_a_token_is_reused_only_while_it_outlives_the_cached_answer(
    signer, cache_seconds, age, expected
):
    mint = Mint(configuration(authorizer_cache_seconds=cache_seconds), signer)
    token(mint, now=1000.0)
    assert token(mint, now=1000.0 + age)[1] is expected


@pytest.mark.parametrize("cache_seconds", [0, 200])
def test_a_token_ends_with_its_certificate_and_is_reused_until_then(signer, cache_seconds):
    mint = Mint(configuration(authorizer_cache_seconds=cache_seconds), signer)
    first, _ = token(mint, now=1000.0, accepted_until=1100.0)
    assert (first.issued_at, first.expires_at) == (1000, 1101)  # RFC 5280: the last second counts
    again, was_reused = token(mint, now=1100.0, accepted_until=1100.0)
    assert was_reused
    assert again is first
    assert len(signer.messages) == 1


def test_a_token_in_the_certificates_last_second_is_not_expired_when_it_is_issued(mint):
    minted, _ = token(mint, now=1100.9, accepted_until=1101.0)
    assert minted.expires_at > 1100.9


def test_a_certificate_that_lasts_does_not_shorten_the_token(mint):
    assert token(mint, now=1000.0, accepted_until=1300.0)[0].expires_at == 1300


def test_a_clock_that_was_set_back_hands_out_no_token_from_the_future(mint):
    token(mint, now=NOW)
    again, was_reused = token(mint, now=NOW - 100)
    assert not was_reused
    assert again.issued_at <= NOW - 100


def test_every_token_has_an_id_of_its_own(mint):
    ids = set()
    for number in range(20):
        minted, _ = token(mint, thumbprint=str(number))
        body = minted.value.split(".")[1]
        ids.add(json.loads(base64.urlsafe_b64decode(body + "=="))["jti"])
    assert len(ids) == 20


def test_the_tokens_that_are_remembered_are_bounded(signer):
    mint = Mint(configuration(), signer, capacity=2)
    for thumbprint in ("a", "b", "c"):
        token(mint, thumbprint=thumbprint)
    assert [token(mint, thumbprint=t)[1] for t in ("c", "b", "a")] == [True, True, False]


def test_a_token_longer_than_kms_signs_is_not_sent(mint, signer):
    with pytest.raises(FailedError) as caught:
        token(mint, of=client(scopes=tuple(f"scope:{n:058}" for n in range(60))))
    assert caught.value.reason is Reason.SIGNING_FAILED
    assert signer.messages == []


@pytest.mark.parametrize(
    "signature", [b"", b"\0" * 64, b"nonsense", b"\x30\x06\x02\x01\x01\x02\x01", b"\x30" * 70]
)
def test_an_answer_that_is_no_signature_makes_no_token(signature):
    mint = Mint(configuration(), LocalSigner(signature=signature))
    for _ in range(2):  # and nothing of it is remembered
        with pytest.raises(FailedError) as caught:
            token(mint)
        assert caught.value.reason is Reason.SIGNING_FAILED


def test_a_signature_of_another_curve_makes_no_token():
    with pytest.raises(FailedError) as caught:
        token(Mint(configuration(), LocalSigner(key=elliptic_key(ec.SECP521R1))))
    assert caught.value.reason is Reason.SIGNING_FAILED


def test_a_signer_that_fails_is_asked_again_at_the_next_call(mint, signer):
    signer.failure = FailedError(Reason.SIGNING_FAILED, "kms: answered 500")
    with pytest.raises(FailedError):
        token(mint)
    signer.failure = None
    assert token(mint)[1] is False


def test_a_live_token_needs_no_signer(mint, signer):
    token(mint)
    signer.failure = FailedError(Reason.SIGNING_FAILED, "kms: answered 500")
    assert token(mint)[1] is True


# --- RS256 --------------------------------------------------------------------------------------


class RsaSigner:
    """A KMS with one RSA key, in memory."""

    def __init__(self, bits=2048):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=bits)

    def sign(self, message, *, deadline):
        assert deadline is not None
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def test_with_an_rsa_key_a_token_is_signed_with_rs256():
    signer = RsaSigner()
    minted, _ = token(Mint(configuration(signing_algorithm="RS256"), signer))
    decoded = jwt.decode_complete(
        minted.value,
        signer.key.public_key(),
        algorithms=["RS256"],
        audience="petstore",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert decoded["header"] == {"alg": "RS256", "kid": "k" * 43, "typ": "at+jwt"}
    assert decoded["payload"]["cnf"] == {"x5t#S256": THUMBPRINT}


@pytest.mark.parametrize("signer", [RsaSigner(3072), LocalSigner()], ids=["RSA_3072", "P-256"])
def test_a_signature_of_another_key_is_not_used_for_rs256(signer):
    with pytest.raises(FailedError) as caught:
        token(Mint(configuration(signing_algorithm="RS256"), signer))
    assert caught.value.reason is Reason.SIGNING_FAILED


def test_a_signature_of_an_rsa_key_is_not_used_for_es256():
    with pytest.raises(FailedError):
        token(Mint(configuration(), RsaSigner()))
