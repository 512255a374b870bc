"""Checks each certificate of a truststore by itself: key, signature, dates, CA flags, number."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from authorizer import key_strength
from portcullis.pki import certificate_text, decoding, facts, keys
from portcullis.pki.extensions import find_extension
from portcullis.pki.truststore.entry import TruststoreEntry
from portcullis.pki.truststore.finding import Finding
from portcullis.pki.truststore.issuers import is_issued_by, is_weakly_signed

MAX_SERIAL_BITS: Final = 160
_LONG_FORM: Final = 0x80
_PROCESSED: Final = frozenset(
    {
        "2.5.29.14",  # subject key identifier
        "2.5.29.15",  # key usage
        "2.5.29.17",  # subject alternative name
        "2.5.29.19",  # basic constraints
        "2.5.29.30",  # name constraints
        "2.5.29.31",  # CRL distribution points
        "2.5.29.32",  # certificate policies
        "2.5.29.33",  # policy mappings
        "2.5.29.35",  # authority key identifier
        "2.5.29.36",  # policy constraints
        "2.5.29.37",  # extended key usage
        "2.5.29.54",  # inhibit any policy
        "1.3.6.1.5.5.7.1.7",  # IP addresses, RFC 3779
        "1.3.6.1.5.5.7.1.8",  # AS numbers, RFC 3779
        "1.3.6.1.5.5.7.48.1.5",  # OCSP no check
        "2.16.840.1.113730.1.1",  # Netscape certificate type
    }
)


def check_algorithms(entry: TruststoreEntry) -> Iterator[Finding]:
    public_key = entry.certificate.public_key()
    if weakness := key_strength.weakness(public_key):
        yield entry.error(
            "weak-key",
            f"The key is {keys.describe(public_key)} ({weakness}); accepted: {keys.STRONG}. "
            "Replace this CA.",
        )
    elif isinstance(public_key, ec.EllipticCurvePublicKey) and not _names_curve(
        entry.certificate, public_key
    ):
        yield entry.error(
            "explicit-curve",
            "The curve of its key is spelled out, not named, and OpenSSL refuses such a CA (RFC "
            "5480 section 2.1.1). Have it issued again for a key on a named curve.",
        )
    if is_weakly_signed(entry.certificate):
        algorithm = certificate_text.signature_text(entry.certificate)
        yield entry.error(
            "weak-signature",
            f"It is signed with {algorithm}; API Gateway takes SHA-256 or stronger. Have the "
            "certificate issued again with SHA-256.",
        )


def check_period(
    entry: TruststoreEntry, now: datetime, expires_soon: timedelta
) -> Iterator[Finding]:
    start = entry.certificate.not_valid_before_utc
    end = entry.certificate.not_valid_after_utc
    if now >= end:
        yield entry.error(
            "expired",
            f"It ended at {end:%Y-%m-%d %H:%M} UTC; every client below it is refused. Replace it "
            "by its successor.",
        )
    elif end - now < expires_soon:
        yield entry.warning(
            "expires-soon",
            f"It ends in {(end - now).days} days, at {end:%Y-%m-%d %H:%M} UTC, and API Gateway "
            "sends no reminder. Add its successor now, so that both are trusted for a while.",
        )
    if now < start:
        yield entry.error(
            "not-yet-valid",
            f"It starts at {start:%Y-%m-%d %H:%M} UTC; until then its clients are refused. "
            "Upload it then, or check this machine's clock.",
        )


def check_authority(entry: TruststoreEntry) -> Iterator[Finding]:
    is_ca = facts.is_authority(entry.certificate)
    purposes = find_extension(entry.certificate, x509.ExtendedKeyUsage)
    may_be_client = purposes is not None and ExtendedKeyUsageOID.CLIENT_AUTH in purposes
    if not is_ca and may_be_client and is_issued_by(entry.certificate, entry.certificate):
        yield entry.warning(
            "self-signed-client",
            "It is a self-signed client certificate, not a CA: it admits one client, and each "
            "renewal needs a new truststore. Prefer a CA: portcullis certs init",
        )
    elif not is_ca:
        yield entry.error(
            "not-an-authority",
            "It is not a CA certificate (basicConstraints, which version 1 does not have), so no "
            "client chains to it. Put its issuers into the bundle instead.",
        )
    usage = find_extension(entry.certificate, x509.KeyUsage)
    # RFC 5280 section 4.2.1.3: an absent extension forbids nothing.
    if is_ca and usage is not None and not usage.key_cert_sign:
        yield entry.error(
            "cannot-sign",
            "Its keyUsage lacks keyCertSign, so what it signed is refused. Have it issued again "
            "with keyCertSign.",
        )
    if is_ca and purposes is not None and not may_be_client:
        yield entry.error(
            "not-for-clients",
            "Its extendedKeyUsage lacks clientAuth, so OpenSSL refuses client certificates below "
            "it. Use a CA that is not restricted to servers.",
        )


def check_extensions(entry: TruststoreEntry) -> Iterator[Finding]:
    """Source: X509_supported_extension in OpenSSL; RFC 5280 section 4.2."""
    for extension in entry.certificate.extensions:
        if extension.critical and extension.oid.dotted_string not in _PROCESSED:
            yield entry.error(
                "critical-extension",
                f"Its critical extension {extension.oid.dotted_string} is not processed, so "
                "clients of this CA are refused. Have it issued again without it, or with it not "
                "critical.",
            )
    if not entry.certificate.subject.rdns:
        yield entry.error(
            "empty-subject",
            "Its subject is empty, so the authorizer refuses its clients: their issuer has no "
            "name. Have it issued again with a name.",
        )


def check_serial_number(entry: TruststoreEntry) -> Iterator[Finding]:
    serial_number = decoding.serial_number(entry.certificate)
    if not 0 < serial_number < 1 << MAX_SERIAL_BITS:
        yield entry.warning(
            "serial-number",
            "Its serial number is not positive or longer than 20 octets (RFC 5280 section "
            "4.1.2.2), and some verifiers refuse such a certificate. Have it issued again.",
        )


def _names_curve(certificate: x509.Certificate, key: ec.EllipticCurvePublicKey) -> bool:
    """Whether the AlgorithmIdentifier of the key is the one with the curve's object identifier."""
    named = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    start = 2 if named[1] < _LONG_FORM else 3
    return named[start : start + 2 + named[start + 1]] in certificate.tbs_certificate_bytes
