"""A truststore as a file: size, PEM structure, private keys."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from portcullis.pki import truststore
from portcullis.pki.truststore import Severity
from tests.portcullis.pki.truststore.making import GOOD, GOOD_PEM, codes


def test_windows_line_ends_are_fine():
    assert truststore.lint(GOOD_PEM.replace(b"\n", b"\r\n")) == []


@pytest.mark.parametrize("content", [b"", b"\n\n", b" \t\r\n"])
def test_an_empty_bundle_is_an_error(content):
    assert codes(truststore.lint(content)) == ["empty"]


@pytest.mark.parametrize(
    "content",
    [b"certificates", GOOD.root.certificate.public_bytes(serialization.Encoding.DER), b"\x00" * 9],
    ids=["text", "der", "zeros"],
)
def test_what_is_not_pem_is_an_error(content):
    assert codes(truststore.lint(content)) == ["not-pem"]


@pytest.mark.parametrize(
    "key",
    [
        GOOD.root.key_pem,
        rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ),
        GOOD.root.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        ),
        GOOD.root.key_pem[: len(GOOD.root.key_pem) // 2],
    ],
    ids=["pkcs8", "pkcs1", "encrypted", "cut"],
)
def test_a_private_key_is_an_error_that_does_not_repeat_it(key):
    findings = truststore.lint(key + GOOD_PEM)
    assert "private-key" in codes(findings, Severity.ERROR)
    assert key.splitlines()[1].decode() not in "".join(f.message + f.subject for f in findings)


@pytest.mark.parametrize(
    "content",
    [
        GOOD_PEM[:-20],
        GOOD_PEM[20:],
        GOOD_PEM.replace(b"-----END CERTIFICATE-----", b"", 1),
        GOOD_PEM.replace(b"BEGIN CERTIFICATE", b"BEGIN X509 CRL", 1),
    ],
    ids=["cut at the end", "cut at the start", "joined", "two labels"],
)
def test_a_cut_or_badly_joined_bundle_is_an_error(content):
    assert truststore.has_errors(truststore.lint(content))


def test_text_between_the_blocks_is_a_warning():
    findings = truststore.lint(b"subject=CN=partner\n" + GOOD_PEM)
    assert codes(findings, Severity.WARNING) == ["text-outside-pem"]


@pytest.mark.parametrize("extra", [b"\xef\xbb\xbf", "# Schlüssel\n".encode()], ids=["bom", "text"])
def test_characters_outside_ascii_are_an_error(extra):
    assert codes(truststore.lint(extra + GOOD_PEM)) == ["not-ascii"]


@pytest.mark.parametrize(("size", "expected"), [(999_999, []), (1_000_000, ["too-large"])])
def test_the_bundle_must_be_smaller_than_1000_kb(size, expected):
    padded = GOOD_PEM + b"\n" * (size - len(GOOD_PEM))
    assert codes(truststore.lint(padded)) == expected


def test_a_file_of_many_beginnings_is_read_in_one_pass():
    content = b"-----BEGIN CERTIFICATE-----\n" * 30_000
    assert codes(truststore.lint(content)) == ["malformed-pem"]
