"""A finding of the lint: what is wrong with a truststore, how bad it is, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """ERROR: clients would be refused, or a secret leaks. WARNING: works today."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Finding:
    severity: Severity
    code: str  # stable, for scripts: "expired", "incomplete-chain", …
    subject: str  # the certificate's subject, or "bundle"
    message: str  # what is wrong and what to do
    position: int | None = None  # of the PEM block in the bundle, from 1


def has_errors(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)
