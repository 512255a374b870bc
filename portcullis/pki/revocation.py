"""The record of revoked client certificates, and the signed list (CRL) made from it.

API Gateway reads no CRL; the authorizer does. Source: RFC 5280 section 5.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from portcullis.pki import atomic, keys
from portcullis.pki.authority import Authority
from portcullis.pki.errors import AuthorityBrokenError
from portcullis.pki.identifiers import serial_text
from portcullis.pki.layout import AuthorityFiles

CRL_LIFETIME: Final = timedelta(days=7)


class RevocationReason(StrEnum):
    """The reasons of RFC 5280 section 5.3.1, spelled as in OpenSSL's command line."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


@dataclass(frozen=True, kw_only=True)
class RevocationEntry:
    serial_number: int
    client: str
    reason: RevocationReason
    revoked_at: datetime

    @classmethod
    def now(cls, serial_number: int, client: str, reason: RevocationReason) -> "RevocationEntry":
        return cls(
            serial_number=serial_number,
            client=client,
            reason=reason,
            revoked_at=datetime.now(UTC).replace(microsecond=0),
        )


@dataclass(frozen=True, kw_only=True)
class RevocationRecord:
    """The source of the next CRL. ``crl_number`` is that of the last one, 0 for none."""

    crl_number: int = 0
    revocations: tuple[RevocationEntry, ...] = ()

    def with_added(self, added: Iterable[RevocationEntry]) -> "RevocationRecord":
        """The first revocation of a certificate is kept, with its date."""
        known = {revocation.serial_number for revocation in self.revocations}
        fresh = tuple(r for r in added if r.serial_number not in known)
        return RevocationRecord(crl_number=self.crl_number, revocations=self.revocations + fresh)

    def __contains__(self, certificate: x509.Certificate) -> bool:
        return any(r.serial_number == certificate.serial_number for r in self.revocations)


def load(files: AuthorityFiles) -> RevocationRecord:
    if not files.revocations.exists():
        return RevocationRecord()
    content = atomic.read(files.revocations)
    try:
        document = json.loads(content)
        return RevocationRecord(
            crl_number=int(document["crlNumber"]),
            revocations=tuple(_from_json(entry) for entry in document["revocations"]),
        )
    except (ValueError, KeyError, TypeError):
        # An unreadable record must not become an empty one: revoked clients would be let in.
        raise AuthorityBrokenError(files.revocations, "not the record that was written") from None


def publish(
    authority: Authority,
    files: AuthorityFiles,
    record: RevocationRecord,
    *,
    lifetime: timedelta = CRL_LIFETIME,
    now: datetime | None = None,
) -> x509.CertificateRevocationList:
    """Write the record and its CRL with the next number. Call it under ``atomic.exclusive``."""
    record = RevocationRecord(crl_number=record.crl_number + 1, revocations=record.revocations)
    # The record is written first, so that a number is never used for two different lists.
    atomic.write_public(files.revocations, _to_json(record))
    crl = sign(authority, record, lifetime=lifetime, now=now)
    atomic.write_public(files.crl, crl.public_bytes(serialization.Encoding.PEM))
    return crl


def sign(
    authority: Authority,
    record: RevocationRecord,
    *,
    lifetime: timedelta = CRL_LIFETIME,
    now: datetime | None = None,
) -> x509.CertificateRevocationList:
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    ski = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now)
        .next_update(now + lifetime)
        .add_extension(x509.CRLNumber(record.crl_number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski.value),
            critical=False,
        )
    )
    for revocation in record.revocations:
        builder = builder.add_revoked_certificate(_entry(revocation))
    return builder.sign(authority.key, keys.signature_hash(authority.key))


def _entry(revocation: RevocationEntry) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(revocation.serial_number)
        .revocation_date(revocation.revoked_at)
    )
    if (
        revocation.reason is not RevocationReason.UNSPECIFIED
    ):  # RFC 5280 section 5.3.1: then left out
        flag = x509.ReasonFlags(revocation.reason.value)
        builder = builder.add_extension(x509.CRLReason(flag), critical=False)
    return builder.build()


def _to_json(record: RevocationRecord) -> bytes:
    document = {
        "crlNumber": record.crl_number,
        "revocations": [
            {
                "serialNumber": serial_text(revocation.serial_number),
                "client": revocation.client,
                "reason": revocation.reason.value,
                "revokedAt": revocation.revoked_at.isoformat(),
            }
            for revocation in record.revocations
        ],
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def _from_json(entry: dict[str, Any]) -> RevocationEntry:
    return RevocationEntry(
        serial_number=int(entry["serialNumber"], 16),
        client=str(entry["client"]),
        reason=RevocationReason(entry["reason"]),
        revoked_at=datetime.fromisoformat(entry["revokedAt"]),
    )
