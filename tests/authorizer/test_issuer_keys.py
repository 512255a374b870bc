"""Which key of its issuer signed a certificate."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer.issuer_keys import AcceptedKey, IssuerKeys, KeyStatus, is_signed_by
from tests.authorizer.lists import spki
from tests.authorizer.making import certificate, elliptic_key, name, rsa_key

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
    signed = certificate(signer=signer, **options)
    assert is_signed_by(signed, spki(signer))
    assert not is_signed_by(signed, spki(OTHER))


@pytest.mark.parametrize(
    "key",
    [b"", b"garbage", spki(ed25519.Ed25519PrivateKey.generate())],
    ids=["empty", "garbage", "Ed25519"],
)
def test_a_key_that_cannot_have_signed_is_not_taken_for_it(key):
    assert not is_signed_by(certificate(), key)


def test_the_content_is_covered_by_the_signature():
    changed = bytearray(der())
    changed[changed.index(b"pet-shop")] ^= 1
    assert not is_signed_by(x509.load_der_x509_certificate(bytes(changed)), spki())


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
    keys = IssuerKeys(tuple(AcceptedKey(key) for key in accepted), has_revoked)
    assert keys.status(der()) is status


def shown_at(*points):
    """A certificate that names these distribution points of its issuer's list."""
    named = x509.CRLDistributionPoints([point(uri) for uri in points])
    return der(extra=((named, False),)) if points else der()


def point(uri, reasons=None, issuer=None):
    return x509.DistributionPoint([x509.UniformResourceIdentifier(uri)], None, reasons, issuer)


@pytest.mark.parametrize(
    ("points", "is_covered"),
    [
        (("http://crl/1",), True),
        (("http://crl/2",), True),
        (("http://other/1", "http://crl/1"), True),
        (("http://crl/3",), False),
        (("http://CRL/1",), False),
        ((), False),
    ],
)
def test_the_parts_of_a_list_cover_the_certificates_that_name_one(points, is_covered):
    parts = frozenset({"http://crl/1", "http://crl/2"})
    keys = IssuerKeys((AcceptedKey(spki(), parts),), has_revoked=False)
    assert (keys.status(shown_at(*points)) is KeyStatus.ACCEPTED) is is_covered
    complete = IssuerKeys((AcceptedKey(spki()),), has_revoked=False)
    assert complete.status(shown_at(*points)) is KeyStatus.ACCEPTED


@pytest.mark.parametrize(
    "changes",
    [
        {"reasons": frozenset({x509.ReasonFlags.key_compromise})},
        {"issuer": [x509.DirectoryName(name(CN="Other CA"))]},
    ],
    ids=["some reasons", "another issuer's list"],
)
def test_a_distribution_point_for_a_part_of_the_word_covers_nothing(changes):
    named = x509.CRLDistributionPoints([point("http://crl/1", **changes)])
    keys = IssuerKeys((AcceptedKey(spki(), frozenset({"http://crl/1"})),), has_revoked=False)
    assert keys.status(der(extra=((named, False),))) is KeyStatus.UNKNOWN


@pytest.mark.parametrize(
    "listed",
    [
        None, {}, "x", [1], ["x"], [{}], [{"spki": "AA=="}], [{"spki": "*", "parts": None}],
        [{"spki": 1, "parts": None}], [{"spki": "AA==", "parts": "http://crl/1"}],
        [{"spki": "AA==", "parts": [1]}],
    ],
)  # fmt: skip
def test_malformed_keys_are_an_error(listed):
    with pytest.raises((KeyError, TypeError, ValueError)):
        IssuerKeys.decoded(listed, has_revoked=False)
