"""What a thumbprint locks out stays out, though its holder may write a twin of its certificate."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer import certificate as certificates
from authorizer.der import BIT_STRING, content, element
from authorizer.twin import ORDERS, twin_of
from tests.authorizer import surgery
from tests.authorizer.making import (
    certificate,
    effects,
    elliptic_key,
    pem,
    registry_document,
    rsa_key,
    thumbprint,
)


def twin(of):
    return x509.load_der_x509_certificate(twin_of(of.public_bytes(Encoding.DER)))


@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.SECP384R1, ec.SECP521R1])
def test_a_twin_says_the_same_and_its_signature_is_good(curve):
    signer = elliptic_key(curve)
    for _ in range(32):  # lengths differ by an octet or two
        first = certificate(signer=signer)
        second = twin(first)
        signer.public_key().verify(
            second.signature, second.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256())
        )
        assert first.tbs_certificate_bytes == second.tbs_certificate_bytes
        assert first != second
        assert twin(second) == first


def test_each_knows_the_other_by_its_thumbprint():
    first = certificate()
    second = twin(first)
    assert certificates.parse(pem(first)).twin == thumbprint(second)
    assert certificates.parse(pem(second)).twin == thumbprint(first)


def test_a_certificate_that_rsa_signed_has_none():
    assert certificates.parse(pem(certificate(signer=rsa_key()))).twin is None


def test_revoking_a_certificate_revokes_its_twin(make_bench):
    shown = certificate()
    revoked = {"thumbprints": {thumbprint(shown): 1}, "serialNumbers": {}}
    bench = make_bench(registry_document(revoked=revoked))
    for one in (shown, twin(shown)):
        assert bench.present(one)["context"]["reason"] == "revoked"
    assert effects(bench.present(certificate())) == ["Allow"]


def test_a_pinned_certificate_does_not_let_its_twin_in(make_bench):
    shown = certificate()
    document = registry_document()
    document["clients"]["pet-shop"]["pins"] = [thumbprint(shown)]
    bench = make_bench(document)
    assert effects(bench.present(shown)) == ["Allow"]
    assert bench.present(twin(shown))["context"]["reason"] == "not_pinned"


@pytest.mark.parametrize("beyond", [2**521 - 1, ORDERS[-1]], ids=["any", "the order itself"])
def test_numbers_beyond_every_curve_have_no_twin(beyond):
    for pair in ((1, beyond), (beyond, 1)):
        numbers = surgery.sequence(*map(surgery.integer, pair))
        assert twin_of(signed_as(numbers.encoded)) is None


@pytest.mark.parametrize("octets", [0, 1, 127, 128, 255, 256, 2**16 - 1, 2**16])
def test_every_length_is_written_as_short_as_can_be(octets):
    """A twin whose length is spelled in another way would have another thumbprint."""
    written = element(BIT_STRING, bytes(octets))
    assert written == surgery.Element(surgery.BIT_STRING, bytes(octets)).encoded
    assert content(written) == bytes(octets)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x30\x07\x02\x02\x00\x01\x02\x01\x01", id="a zero in front"),
        pytest.param(b"\x30\x06\x02\x01\xff\x02\x01\x01", id="a number below zero"),
        pytest.param(b"\x30\x06\x02\x01\x01\x02\x01\x01\x00", id="something behind"),
    ],
)
def test_what_is_no_signature_in_der_has_no_twin(signature):
    assert twin_of(signed_as(signature)) is None


def signed_as(signature):
    whole = surgery.parse(certificate().public_bytes(Encoding.DER))
    whole[2].content = b"\0" + signature
    return whole.encoded
