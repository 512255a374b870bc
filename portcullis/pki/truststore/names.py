"""Checks the names of a truststore's CAs together: distinct, and short enough for TLS."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from cryptography import x509

from portcullis.pki import decoding
from portcullis.pki.truststore.entry import TruststoreEntry
from portcullis.pki.truststore.finding import Finding, Severity
from portcullis.pki.truststore.issuers import key_identifier

MAX_NAME_BYTES: Final = 65_000  # of 65,535 for all extensions of a CertificateRequest, RFC 8446
_LENGTH_BYTES: Final = 2  # before each name


def check_names(entries: Sequence[TruststoreEntry]) -> Iterator[Finding]:
    by_subject: dict[x509.Name, list[TruststoreEntry]] = defaultdict(list)
    for entry in entries:
        by_subject[entry.certificate.subject].append(entry)
    for same in by_subject.values():
        yield from _check_told_apart(same)
    size = sum(len(name.public_bytes()) + _LENGTH_BYTES for name in by_subject)
    if size > MAX_NAME_BYTES:
        yield Finding(
            severity=Severity.ERROR,
            code="names-too-long",
            subject="bundle",
            message=f"The names of its CAs take {size:,} bytes, and a TLS server that lists them "
            f"has room for {MAX_NAME_BYTES:,}: every handshake would fail. Remove CAs that no "
            "client needs.",
        )


def _check_told_apart(same: Sequence[TruststoreEntry]) -> Iterator[Finding]:
    """CAs of one name with several keys need key identifiers: OpenSSL does not try each key."""
    identifiers: dict[bytes, bytes | None] = {}
    for entry in same:
        key = decoding.public_key_info(entry.certificate)
        identifier = key_identifier(entry.certificate)
        known = identifiers.setdefault(key, identifier)
        others = [other for spki, other in identifiers.items() if spki != key]
        if others and (None in {identifier, known, *others} or identifier in others):
            yield entry.error(
                "same-name",
                "Another CA in the bundle has its name and another key, and they are not told "
                "apart by subject key identifiers: clients of one of them are refused. Have it "
                "issued again with a subjectKeyIdentifier, or with a name of its own.",
            )
