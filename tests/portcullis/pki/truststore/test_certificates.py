"""Each certificate by itself: key, signature, dates, CA flags, serial number."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from portcullis.pki import forge, keys, truststore
from portcullis.pki.credential import to_pem
from portcullis.pki.truststore import Severity
from tests.portcullis.pki.truststore.making import (
    GOOD,
    GOOD_PEM,
    certificate,
    codes,
    forge_pem,
    name,
    usage,
)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (rsa.generate_private_key(65537, 1024), ["weak-key"]),  # noqa: S505 - the point
        (rsa.generate_private_key(65537, 2048), []),
        (ec.generate_private_key(ec.SECP224R1()), ["weak-key"]),
        (ec.generate_private_key(ec.SECP384R1()), []),
    ],
    ids=["rsa1024", "rsa2048", "p224", "p384"],
)
def test_keys_need_the_strength_that_api_gateway_asks(key, expected):
    assert codes(truststore.lint(to_pem(certificate("root", key)))) == expected


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        (rsa.RSAPublicNumbers(65537, 2**8192 + 1), "more than 8192"),
        (rsa.RSAPublicNumbers(2**32 + 1, 2**2047 + 1), "exponent of more than 32 bits"),
        (rsa.RSAPublicNumbers(65537, 2**2047 + 2), "even"),
    ],
    ids=["8193 bits", "exponent of 33 bits", "even modulus"],
)
def test_rsa_keys_that_the_authorizer_refuses_are_errors(numbers, message):
    signer = keys.generate()
    ca = certificate("root", signer)
    made = (
        x509.CertificateBuilder(ca.issuer, ca.subject, numbers.public_key(), ca.serial_number)
        .not_valid_before(ca.not_valid_before_utc)
        .not_valid_after(ca.not_valid_after_utc)
        .sign(signer, hashes.SHA256())
    )
    weak = [one for one in truststore.lint(to_pem(made)) if one.code == "weak-key"]
    assert [message in one.message for one in weak] == [True]


def test_an_ed25519_authority_is_an_error():
    key = ed25519.Ed25519PrivateKey.generate()
    root = (
        x509.CertificateBuilder()
        .subject_name(name("root"))
        .issuer_name(name("root"))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1000))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    assert set(codes(truststore.lint(to_pem(root)))) == {"weak-key", "weak-signature"}


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [(hashes.SHA224(), ["weak-signature"]), (hashes.SHA256(), []), (hashes.SHA512(), [])],
    ids=["sha224", "sha256", "sha512"],
)
def test_signatures_need_sha256_or_stronger(algorithm, expected):
    root = certificate("root", keys.generate(), algorithm=algorithm)
    assert codes(truststore.lint(to_pem(root))) == expected


def test_an_expired_issuer_is_an_error():
    root = certificate(
        "root",
        keys.generate(),
        start=datetime(2001, 1, 1, tzinfo=UTC),
        end=datetime(2002, 1, 1, tzinfo=UTC),
    )
    findings = truststore.lint(to_pem(root))
    assert codes(findings) == ["expired"]
    assert "2002-01-01 00:00 UTC" in findings[0].message


def test_an_issuer_of_the_future_is_an_error():
    start = datetime.now(UTC) + timedelta(days=1)
    root = certificate("root", keys.generate(), start=start)
    assert codes(truststore.lint(to_pem(root))) == ["not-yet-valid"]


def test_an_issuer_that_ends_soon_is_a_warning():
    now = GOOD.issuing.certificate.not_valid_after_utc - timedelta(days=10, hours=1)
    findings = truststore.lint(GOOD_PEM, now=now)
    assert codes(findings, Severity.WARNING) == ["expires-soon"]
    assert "ends in 10 days" in findings[0].message
    assert truststore.lint(GOOD_PEM, now=now, expires_soon=timedelta(days=9)) == []


@pytest.mark.parametrize("ca", [None, False], ids=["no constraints", "not a CA"])
def test_a_leaf_among_the_issuers_is_an_error(ca):
    key = keys.generate()
    leaf = certificate("leaf", keys.generate(), issuer="root", issuer_key=key, ca=ca)
    found = codes(truststore.lint(to_pem(leaf, certificate("root", key))))
    assert found == ["not-an-authority"]


def test_a_self_signed_client_is_a_warning():
    client = forge.self_signed("partner", ())
    found = truststore.lint(to_pem(client.certificate), expires_soon=timedelta(0))
    assert codes(found, Severity.WARNING) == ["self-signed-client"]
    assert not truststore.has_errors(found)


def test_an_authority_that_may_not_sign_certificates_is_an_error():
    root = certificate("root", keys.generate(), usage=usage(key_cert_sign=False))
    assert codes(truststore.lint(to_pem(root))) == ["cannot-sign"]
    root = certificate("root", keys.generate(), usage=usage(key_cert_sign=True))
    assert truststore.lint(to_pem(root)) == []


def test_a_serial_number_that_rfc_5280_forbids_is_a_warning():
    der = GOOD.root.certificate.public_bytes(serialization.Encoding.DER)
    # SEQUENCE, SEQUENCE, [0] version, then the serial number: tag, length, first octet.
    position = der.index(b"\xa0\x03\x02\x01\x02") + 7
    negative = der[:position] + b"\x85" + der[position + 1 :]
    findings = truststore.lint(forge_pem(negative))
    assert "serial-number" in codes(findings, Severity.WARNING)
