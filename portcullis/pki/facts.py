"""The facts of a certificate that a person or a script asks for, as text and JSON.

Source: RFC 8705 section 3.1 (``x5t#S256``).
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from portcullis.pki import keys
from portcullis.pki.certificate_text import (
    general_name,
    name_text,
    serial_text,
    signature_text,
    usage_text,
)
from portcullis.pki.clock import moment
from portcullis.pki.extensions import find_extension
from portcullis.pki.identifiers import base64url
from portcullis.pki.validity import Validity, validity


@dataclass(frozen=True, kw_only=True)
class CertificateFacts:
    """Every string is printable: a certificate cannot send control characters to a terminal."""

    subject: str
    issuer: str
    serial_number: str  # lower-case hex
    names: tuple[str, ...]  # "URI:spiffe://…", "DNS:…", "IP:…"
    usages: tuple[str, ...]  # "clientAuth", or the OID of an uncommon one
    is_authority: bool
    key: str
    signature: str
    not_before: datetime
    not_after: datetime
    days_left: int  # whole days; negative once expired
    validity: Validity
    thumbprint: str  # x5t#S256
    fingerprint: str  # SHA-256, colon-separated hex

    def as_json(self) -> dict[str, Any]:
        """Field names in camelCase, times in ISO 8601."""
        return {
            _camel(name): value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }


def of(
    certificate: x509.Certificate,
    *,
    now: datetime | None = None,
    renew_within: timedelta | None = None,
) -> CertificateFacts:
    """Raises ValueError for a certificate whose fields cannot be decoded."""
    now = moment(now)
    usage = find_extension(certificate, x509.ExtendedKeyUsage)
    san = find_extension(certificate, x509.SubjectAlternativeName)
    algorithm = certificate.public_key_algorithm_oid.dotted_string
    try:
        key = keys.describe(certificate.public_key())
    except UnsupportedAlgorithm:
        key = algorithm
    except ValueError:
        key = f"{algorithm} (malformed)"
    return CertificateFacts(
        subject=name_text(certificate.subject),
        issuer=name_text(certificate.issuer),
        serial_number=serial_text(certificate),
        names=tuple(general_name(name) for name in san or ()),
        usages=tuple(usage_text(oid) for oid in usage or ()),
        is_authority=is_authority(certificate),
        key=key,
        signature=signature_text(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        days_left=(certificate.not_valid_after_utc - now) // timedelta(days=1),
        validity=validity(certificate, now=now, renew_within=renew_within),
        thumbprint=thumbprint(certificate),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
    )


def thumbprint(certificate: x509.Certificate) -> str:
    """``x5t#S256``: base64url of the SHA-256 of the DER, without padding."""
    return base64url(certificate.fingerprint(hashes.SHA256()))


def is_authority(certificate: x509.Certificate) -> bool:
    basic = find_extension(certificate, x509.BasicConstraints)
    return basic is not None and basic.ca


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
