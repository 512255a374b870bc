"""The certificate profiles: which extensions an authority and a leaf carry, and their names.

Source: RFC 5280 section 4.2 (extensions).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from portcullis.pki.keys import PublicKey


def authority(
    subject: x509.Name,
    *,
    issuer: x509.Name,
    public_key: PublicKey,
    path_length: int,
    period: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    """A CA certificate, complete but for its authority key identifier."""
    return (
        _builder(issuer, subject, public_key, *period)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def leaf(
    subject: x509.Name,
    names: Sequence[x509.GeneralName],
    *,
    issuer: x509.Name,
    public_key: PublicKey,
    usages: Sequence[x509.ObjectIdentifier],
    period: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    """A leaf certificate, complete but for its authority key identifier."""
    builder = _builder(issuer, subject, public_key, *period).add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    if names:
        # RFC 5280 section 4.2.1.6: the SAN is critical when the subject is empty.
        san = x509.SubjectAlternativeName(names)
        builder = builder.add_extension(san, critical=not list(subject))
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return builder.add_extension(_usage(is_authority=False), critical=True).add_extension(
        x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False
    )


def leaf_name(common_name: str, organization: str | None = None) -> x509.Name:
    attributes = []
    if organization:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    if 0 < len(common_name) <= _MAX_COMMON_NAME:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    return x509.Name(attributes)


def authority_name(
    organization: str, common_name: str, ski: x509.SubjectKeyIdentifier
) -> x509.Name:
    # A successor has another key and so another name, which tells the two apart.
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{common_name} {ski.digest.hex()[:8]}"),
        ]
    )


def _builder(
    issuer: x509.Name,
    subject: x509.Name,
    public_key: PublicKey,
    not_before: datetime,
    not_after: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())  # 159 random bits: 20 bytes at most
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    """An authority signs certificates and lists, and a leaf signs handshakes."""
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


_MAX_COMMON_NAME: Final = 64  # RFC 5280 appendix A.1, ub-common-name
