"""Whether a certificate is valid now, and whether its renewal is due."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509

from portcullis.pki.clock import moment

RENEW_WITHIN: Final = timedelta(days=30)


class Validity(StrEnum):
    VALID = "valid"
    RENEW = "needs renewal"
    EXPIRED = "expired"
    NOT_YET = "not yet valid"


def validity(
    certificate: x509.Certificate,
    *,
    now: datetime | None = None,
    renew_within: timedelta | None = None,
) -> Validity:
    """Renewal is due in the last 30 days, or in the last third of a lifetime below 90 days."""
    now = moment(now)
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now >= end:
        return Validity.EXPIRED
    if now < start:
        return Validity.NOT_YET
    if renew_within is None:
        renew_within = min(RENEW_WITHIN, (end - start) / 3)
    return Validity.RENEW if end - now < renew_within else Validity.VALID
