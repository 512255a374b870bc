"""Reads what the function needs at init; a missing or wrong value stops the init."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from cryptography import x509

from authorizer.config import ConfigurationError
from authorizer.policy import SCOPE
from portcullis.pki import kms_key
from portcullis.pki.authority import Authority

AUTHORITY_FILE = "authority.pem"
MAX_HOURS = 8760
MAX_PER_DAY = 10_000
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, kw_only=True)
class RenewalTerms:
    """``authority`` signs; certificates of ``predecessors`` are renewed, it among them."""

    authority: Authority
    predecessors: tuple[x509.Certificate, ...]
    lifetime: timedelta
    scope: str
    renewals_per_day: int  # of one client; without a table each instance counts by itself

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], folder: Path) -> Self:
        """Read the ``PORTCULLIS_RENEWAL_…`` variables and the certificates beside the code.

        Raises:
            ConfigurationError: a variable is missing or out of its range.
            KmsKeyUnfitError: the key's ARN is none.
            ValueError: the authority's file holds no certificate, or one with another kind of key.
        """
        issuers = tuple(x509.load_pem_x509_certificates((folder / AUTHORITY_FILE).read_bytes()))
        arn = kms_key.checked_arn(environment.get("PORTCULLIS_RENEWAL_KEY", ""))
        scope = environment.get("PORTCULLIS_RENEWAL_SCOPE", "")
        if not SCOPE.fullmatch(scope):
            raise ConfigurationError(f"PORTCULLIS_RENEWAL_SCOPE is {scope!r}, but must be a scope.")
        return cls(
            authority=Authority(
                certificate=issuers[0], key=kms_key.of(arn, issuers[0].public_key())
            ),
            predecessors=issuers,
            lifetime=timedelta(hours=_number(environment, "PORTCULLIS_RENEWAL_HOURS", MAX_HOURS)),
            scope=scope,
            renewals_per_day=_number(environment, "PORTCULLIS_RENEWALS_PER_DAY", MAX_PER_DAY),
        )


def _number(environment: Mapping[str, str], name: str, most: int) -> int:
    value = environment.get(name, "")
    if not _NUMBER.fullmatch(value) or int(value) > most:
        raise ConfigurationError(
            f"{name} is {value[:20]!r}, but must be a whole number from 1 to {most}. The deploy "
            "sets it: see CertificateRenewal."
        )
    return int(value)
