"""The public keys of a JWKS: what is accepted, ignored and refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.petstore.jwks import JwksError, parse_jwks


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"null", b'{"keys": {}}', b'{"keys": 1}', b"\xff", b"[" * 10000],
)
def test_text_that_is_not_a_jwks_is_refused(text):
    with pytest.raises(JwksError, match="not JSON of the form"):
        parse_jwks(text)


@pytest.mark.parametrize(
    "change",
    [
        *({"kty": "RSA"}, {"kty": "oct"}, {"crv": "P-384"}, {"use": "enc"}, {"alg": "ES384"}),
        *({"key_ops": ["encrypt"]}, {"key_ops": ["sign"]}, {"key_ops": []}, {"key_ops": "verify"}),
        {"use": "enc", "key_ops": ["verify"]},
    ],
)
def test_keys_for_something_else_are_left_out(issuer, second, change):
    text = json.dumps({"keys": [second.jwk() | change, "text", issuer.jwk()]}).encode()
    assert list(parse_jwks(text)) == ["key-1"]
    with pytest.raises(JwksError, match="no P-256 signature key"):
        parse_jwks(json.dumps({"keys": [issuer.jwk() | change]}).encode())


@pytest.mark.parametrize("change", [{"key_ops": ["verify"]}, {"use": None}, {}])
def test_a_key_to_verify_with_is_kept(issuer, change):
    entry = {n: v for n, v in (issuer.jwk() | change).items() if v is not None}
    assert list(parse_jwks(json.dumps({"keys": [entry]}).encode())) == ["key-1"]


def test_a_published_private_key_is_refused(issuer):
    text = json.dumps({"keys": [issuer.jwk() | {"d": "AAAA"}]}).encode()
    with pytest.raises(JwksError, match="private key"):
        parse_jwks(text)


@pytest.mark.parametrize("key_id", [None, "", 7])
def test_a_key_without_an_id_is_refused(issuer, key_id):
    with pytest.raises(JwksError, match="kid"):
        parse_jwks(json.dumps({"keys": [issuer.jwk() | {"kid": key_id}]}).encode())


def test_one_id_for_two_keys_is_refused(issuer, second):
    text = json.dumps({"keys": [issuer.jwk(), second.jwk() | {"kid": "key-1"}]}).encode()
    with pytest.raises(JwksError, match="twice"):
        parse_jwks(text)


@pytest.mark.parametrize("member", ["x", "y"])
@pytest.mark.parametrize("value", [None, "", "AAAA", 7, "A" * 43, "é", ["A"]])
def test_a_point_that_is_not_on_the_curve_is_refused(issuer, member, value):
    with pytest.raises(JwksError, match="not a point on P-256"):
        parse_jwks(json.dumps({"keys": [issuer.jwk() | {member: value}]}).encode())


@given(text=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_text_breaks_the_reader(text):
    with pytest.raises(JwksError):
        parse_jwks(text)
