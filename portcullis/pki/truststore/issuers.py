"""Which certificates of a truststore issued which others."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from authorizer.certificate import HASHES
from authorizer.issuer_keys import is_signed_by
from portcullis.pki import decoding
from portcullis.pki.extensions import find_extension
from portcullis.pki.truststore.entry import TruststoreEntry

_NAME: Final = x509.DirectoryName


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

        self._roots = {
            entry.position
            for entry in entries
            if is_issued_by(entry.certificate, entry.certificate)
        }

    def issuers(self, entry: TruststoreEntry) -> Sequence[TruststoreEntry]:
        return self._issuers[entry.position]

    def is_in_circle(self, entry: TruststoreEntry) -> bool:
        """Whether the entry is above itself, by way of certificates that are not self-signed."""
        above, waiting = set(self._roots), [entry]
        while waiting:
            for issuer in self.issuers(waiting.pop()):
                if issuer is entry and entry.position not in self._roots:
                    return True
                if issuer.position not in above:
                    above.add(issuer.position)
                    waiting.append(issuer)
        return False

    def lengths(self) -> dict[int, int]:
        """By position: certificates on the shortest path to a root, itself counted; 0 for none."""
        lengths = {entry.position: int(entry.position in self._roots) for entry in self._entries}
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
    # Not verify_directly_issued_by: it refuses the name in another string type, OpenSSL does not.
    return is_signed_by(certificate, decoding.public_key_info(issuer))


def _names_another_key(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the authority key identifier names another certificate, as OpenSSL compares them.

    It also saves a signature check per pair of equal names.
    """
    wanted = find_extension(certificate, x509.AuthorityKeyIdentifier)
    if wanted is None:
        return False
    own = key_identifier(issuer)
    names = [n.value for n in wanted.authority_cert_issuer or () if isinstance(n, _NAME)]
    return (
        (None not in {wanted.key_identifier, own} and wanted.key_identifier != own)
        or wanted.authority_cert_serial_number not in {None, decoding.serial_number(issuer)}
        or (bool(names) and names[0] != issuer.issuer)
    )


def key_identifier(certificate: x509.Certificate) -> bytes | None:
    found = find_extension(certificate, x509.SubjectKeyIdentifier)
    return None if found is None else found.key_identifier


def is_weakly_signed(certificate: x509.Certificate) -> bool:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return True
    return algorithm is None or algorithm.name not in HASHES
