"""Which certificates of a truststore issued which others."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from portcullis.pki.truststore.entry import TruststoreEntry

MIN_HASH_BITS: Final = 256


class IssuerGraph:
    """The issuers of each entry, by name and signature. Cross-signed circles are allowed."""

    def __init__(self, entries: Sequence[TruststoreEntry]) -> None:
        self._entries = entries
        by_subject = defaultdict(list)
        for entry in entries:
            by_subject[entry.certificate.subject].append(entry)
        self._issuers = {
            entry.position: [
                candidate
                for candidate in by_subject[entry.certificate.issuer]
                if candidate is not entry and is_issued_by(entry.certificate, candidate.certificate)
            ]
            for entry in entries
        }

    def issuers(self, entry: TruststoreEntry) -> Sequence[TruststoreEntry]:
        return self._issuers[entry.position]

    def lengths(self) -> dict[int, int]:
        """By position: certificates on the shortest path to a root, itself counted; 0 for none."""
        lengths = {
            entry.position: int(is_issued_by(entry.certificate, entry.certificate))
            for entry in self._entries
        }
        level = 1
        while True:
            found = [
                entry.position
                for entry in self._entries
                if not lengths[entry.position]
                and any(lengths[issuer.position] == level for issuer in self.issuers(entry))
            ]
            if not found:
                return lengths
            level += 1
            lengths.update(dict.fromkeys(found, level))


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject or _names_another_key(certificate, issuer):
        return False
    if is_weakly_signed(certificate):
        return True  # the library does not verify such a signature; the lint reports weak-signature
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _names_another_key(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the key identifiers differ; saves a signature check per pair of equal names."""
    try:
        extensions = certificate.extensions
        wanted = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return False
    return wanted.key_identifier is not None and wanted.key_identifier != own.key_identifier


def is_weakly_signed(certificate: x509.Certificate) -> bool:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return True
    return algorithm is None or algorithm.digest_size * 8 < MIN_HASH_BITS
