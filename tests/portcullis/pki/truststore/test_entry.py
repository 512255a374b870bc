"""PEM blocks that hold no certificate, or none that can be read."""

import pytest

from portcullis.pki import truststore
from tests.portcullis.pki.truststore.making import GOOD_PEM, codes


@pytest.mark.parametrize("label", [b"CERTIFICATE REQUEST", b"TRUSTED CERTIFICATE", b"X509 CRL"])
def test_a_block_that_is_no_certificate_is_an_error(label):
    block = GOOD_PEM.replace(b" CERTIFICATE", b" " + label)
    assert set(codes(truststore.lint(block))) == {"not-a-certificate"}


@pytest.mark.parametrize(
    "body", [b"", b"AAAA", b"MIIB", b"not base64!", b"MAA="], ids=lambda b: b.decode() or "empty"
)
def test_a_block_that_is_no_x509_is_an_error(body):
    block = b"-----BEGIN CERTIFICATE-----\n" + body + b"\n-----END CERTIFICATE-----\n"
    findings = truststore.lint(GOOD_PEM + block)
    assert codes(findings) == ["malformed-certificate"]
    assert (findings[0].subject, findings[0].position) == ("block 3", 3)
