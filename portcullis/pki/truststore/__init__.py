"""Builds a truststore and checks it against the rules of API Gateway before the upload.

API Gateway accepts a faulty bundle with a warning and then refuses clients one by one, so its
warnings are errors here. Source: API Gateway Developer Guide, "How to turn on mutual TLS
authentication for your REST APIs in API Gateway", sections "Configuring your truststore" and
"Troubleshooting certificate warnings".
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from portcullis.pki import pem
from portcullis.pki.clock import moment
from portcullis.pki.credential import to_pem
from portcullis.pki.truststore.certificates import (
    check_algorithms,
    check_authority,
    check_extensions,
    check_period,
    check_serial_number,
)
from portcullis.pki.truststore.chains import check_chains
from portcullis.pki.truststore.entry import TruststoreEntry, read_entry
from portcullis.pki.truststore.finding import Finding, Severity, has_errors
from portcullis.pki.truststore.issuers import IssuerGraph
from portcullis.pki.truststore.names import check_names
from portcullis.pki.truststore.openssl import check_with_openssl
from portcullis.pki.truststore.text import MAX_BYTES, check_text

__all__ = ["EXPIRES_SOON", "Finding", "Severity", "bundle", "has_errors", "lint"]

EXPIRES_SOON: Final = timedelta(days=90)  # partners need time to roll out a successor


def lint(
    content: bytes, *, now: datetime | None = None, expires_soon: timedelta = EXPIRES_SOON
) -> list[Finding]:
    """Every finding about the bundle, errors first; an empty list is a clean bundle.

    Never raises for any content: what cannot be read is a finding.
    """
    now = moment(now)
    findings = list(check_text(content))
    if len(content) >= MAX_BYTES:
        return findings  # parsing a file of any size could take minutes
    entries: list[TruststoreEntry] = []
    for block in pem.blocks(content):
        entry, faults = read_entry(block)
        findings.extend(faults)
        if entry:
            entries.append(entry)
    unique = _without_duplicates(entries, findings)
    for entry in unique:
        findings.extend(check_algorithms(entry))
        findings.extend(check_period(entry, now, expires_soon))
        findings.extend(check_authority(entry))
        findings.extend(check_extensions(entry))
        findings.extend(check_serial_number(entry))
    findings.extend(check_names(unique))
    findings.extend(check_chains(unique))
    if not has_errors(findings):
        findings.extend(check_with_openssl(unique, now))
    return sorted(findings, key=lambda f: (f.severity is not Severity.ERROR, f.position or 0))


def bundle(certificates: Iterable[x509.Certificate]) -> bytes:
    """One PEM file: no duplicates, every issuer after the certificates it issued."""
    unique = dict.fromkeys(certificates)
    entries = [TruststoreEntry(position=n, certificate=c, subject="") for n, c in enumerate(unique)]
    heights = IssuerGraph(entries).lengths()
    ordered = sorted(entries, key=lambda e: (-heights[e.position], e.position))
    return to_pem(*(entry.certificate for entry in ordered))


def _without_duplicates(
    entries: Sequence[TruststoreEntry], findings: list[Finding]
) -> list[TruststoreEntry]:
    first: dict[x509.Certificate, TruststoreEntry] = {}
    for entry in entries:
        earlier = first.setdefault(entry.certificate, entry)
        if earlier is not entry:
            findings.append(
                entry.warning(
                    "duplicate",
                    f"The same certificate is block {earlier.position} already. Remove one.",
                )
            )
    return list(first.values())
