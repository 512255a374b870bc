"""Certificates in which one thing is wrong, and a bundle in which nothing is."""

import base64
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from portcullis.pki import keys
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.layout import Purpose

GOOD = Hierarchy.create(Purpose.CLIENT)


GOOD_PEM = GOOD.anchors_pem(Purpose.CLIENT)


def codes(findings, severity=None):
    return [f.code for f in findings if severity in {None, f.severity}]


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def certificate(
    subject,
    key,
    *,
    issuer=None,
    issuer_key=None,
    algorithm=None,
    ca=True,
    path_length=None,
    usage=None,
    start=None,
    end=None,
):
    """A certificate in which anything may be wrong; self-signed without an issuer."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer or subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start or now - timedelta(days=1))
        .not_valid_after(end or now + timedelta(days=1000))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key or key, algorithm or hashes.SHA256())


def chain(length):
    """A root and authorities below it, the deepest first."""
    key = keys.generate()
    found = [certificate("level 1", key)]
    for level in range(2, length + 1):
        own = keys.generate()
        found.insert(
            0,
            certificate(f"level {level}", own, issuer=f"level {level - 1}", issuer_key=key),
        )
        key = own
    return found


def usage(*, key_cert_sign):
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def forge_pem(der):
    return (
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
    )
