"""Revoked client certificates, and the signed list (CRL) that is their record.

API Gateway reads no CRL; the authorizer does. Source: RFC 5280 section 5.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from cryptography import x509

from portcullis.pki import atomic, keys
from portcullis.pki.authority import Authority
from portcullis.pki.clock import moment
from portcullis.pki.errors import AuthorityBrokenError
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
    reason: RevocationReason
    revoked_at: datetime

    @classmethod
    def now(cls, serial_number: int, reason: RevocationReason) -> "RevocationEntry":
        return cls(
            serial_number=serial_number,
            reason=reason,
            revoked_at=moment().replace(microsecond=0),
        )


@dataclass(frozen=True, kw_only=True)
class RevocationRecord:
    """The content of one CRL. ``crl_number`` is 0 before the first."""

    crl_number: int = 0
    revocations: tuple[RevocationEntry, ...] = ()

    def followed_by(self, added: Iterable[RevocationEntry]) -> "RevocationRecord":
        """The next CRL. The first revocation of a certificate is kept, with its date."""
        known = {revocation.serial_number for revocation in self.revocations}
        fresh = tuple(r for r in added if r.serial_number not in known)
        return RevocationRecord(
            crl_number=self.crl_number + 1, revocations=self.revocations + fresh
        )


def load(files: AuthorityFiles, issuing: x509.Certificate | None) -> RevocationRecord:
    """What the folder says: its CRL, and the file of versions that kept one beside it.

    Raises:
        AuthorityBrokenError: one of them cannot be read, or another CA signed the CRL. It must
            not become an empty record: revoked clients would be let in.
    """
    record = RevocationRecord()
    if files.crl.exists():
        try:
            record = _from_crl(x509.load_pem_x509_crl(atomic.read(files.crl)), issuing)
        except (ValueError, x509.ExtensionNotFound):
            raise AuthorityBrokenError(files.crl, "not the CRL that was written") from None
    if files.revocations.exists():
        content = atomic.read(files.revocations)
        try:
            older = _from_json(json.loads(content))
        except (ValueError, KeyError, TypeError):
            raise AuthorityBrokenError(
                files.revocations, "not the record that was written"
            ) from None
        number = max(record.crl_number, older.crl_number)
        merged = record.followed_by(older.revocations).revocations
        record = RevocationRecord(crl_number=number, revocations=merged)
    return record


def sign(
    authority: Authority,
    record: RevocationRecord,
    *,
    lifetime: timedelta = CRL_LIFETIME,
    now: datetime | None = None,
) -> x509.CertificateRevocationList:
    now = moment(now).replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now)
        .next_update(now + lifetime)
        .add_extension(x509.CRLNumber(record.crl_number), critical=False)
        .add_extension(authority.key_identifier(), critical=False)
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


def _from_crl(
    crl: x509.CertificateRevocationList, issuing: x509.Certificate | None
) -> RevocationRecord:
    if issuing is None or not crl.is_signature_valid(issuing.public_key()):  # type: ignore[arg-type]
        raise ValueError("not signed by the issuing CA beside it")
    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    return RevocationRecord(crl_number=number, revocations=tuple(map(_from_entry, crl)))


def _from_entry(entry: x509.RevokedCertificate) -> RevocationEntry:
    reasons = [
        e.value.reason.value for e in entry.extensions if isinstance(e.value, x509.CRLReason)
    ]
    return RevocationEntry(
        serial_number=entry.serial_number,
        reason=RevocationReason(reasons[0]) if reasons else RevocationReason.UNSPECIFIED,
        revoked_at=entry.revocation_date_utc,
    )


def _from_json(document: dict[str, Any]) -> RevocationRecord:
    return RevocationRecord(
        crl_number=int(document["crlNumber"]),
        revocations=tuple(
            RevocationEntry(
                serial_number=int(entry["serialNumber"], 16),
                reason=RevocationReason(entry["reason"]),
                revoked_at=datetime.fromisoformat(entry["revokedAt"]),
            )
            for entry in document["revocations"]
        ),
    )
