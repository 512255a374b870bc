"""Issuer certificates of a truststore, as PEM, by the days until their end."""

from datetime import UTC, datetime, timedelta
from functools import cache

from portcullis.pki.authority import ROOT_LIFETIME, Authority
from portcullis.pki.credential import to_pem
from portcullis.pki.layout import Purpose


@cache
def ending_in(*days: int) -> str:
    """One certificate for each number; a negative one has ended."""
    now = datetime.now(UTC) + timedelta(hours=1)
    starts = (now + timedelta(days=one) - ROOT_LIFETIME for one in days)
    return "".join(
        to_pem(Authority.root(Purpose.CLIENT, now=start).certificate).decode() for start in starts
    )
