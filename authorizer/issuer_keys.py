"""Verifies which key of its issuer signed a certificate.

A certificate names its issuer, and one name may have several keys: one may be revoked while another
still counts. API Gateway has verified the chain, but does not say with which key. Its authority key
identifier does not tell either: the holder of a revoked key can write any identifier.
"""

import base64
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, NamedTuple, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key


class KeyStatus(Enum):
    """What is known about the key that signed a certificate."""

    ACCEPTED = auto()
    REVOKED = auto()  # revoked itself, or below a revoked CA; or unknown beside a revoked one
    UNKNOWN = auto()  # no list covers the certificate: not a key of the truststore, or a part lacks


class AcceptedKey(NamedTuple):
    """A key that counts, and which of its certificates its revocation lists cover."""

    spki: bytes  # SubjectPublicKeyInfo in DER
    parts: frozenset[str] | None = None  # distribution points of a list in parts; None: all

    def covers(self, certificate: x509.Certificate) -> bool:
        """Whether a list says if this certificate is revoked. RFC 5280 section 6.3.3 (b) (2)."""
        return self.parts is None or not self.parts.isdisjoint(_distribution_points(certificate))


class IssuerKeys(NamedTuple):
    """The keys of one issuer name that still count."""

    accepted: tuple[AcceptedKey, ...]
    has_revoked: bool  # whether the name has revoked keys

    @classmethod
    def decoded(cls, listed: object, *, has_revoked: bool) -> Self:
        """From JSON values. Raises ValueError, TypeError or KeyError where they are malformed."""
        if not isinstance(listed, list):
            raise TypeError("must be a list")
        return cls(tuple(_decoded(key) for key in listed), has_revoked)

    def status(self, der: bytes) -> KeyStatus:
        """The status of the key that signed this certificate."""
        certificate = x509.load_der_x509_certificate(der)
        for key in self.accepted:
            if is_signed_by(certificate, key.spki):
                return KeyStatus.ACCEPTED if key.covers(certificate) else KeyStatus.UNKNOWN
        return KeyStatus.REVOKED if self.has_revoked else KeyStatus.UNKNOWN


def _decoded(key: Mapping[str, Any]) -> AcceptedKey:
    parts = key["parts"]
    if parts is not None and not (
        isinstance(parts, list) and all(isinstance(part, str) for part in parts)
    ):
        raise TypeError("parts must be a list of strings")
    spki = base64.b64decode(key["spki"], validate=True)
    return AcceptedKey(spki, None if parts is None else frozenset(parts))


def _distribution_points(certificate: x509.Certificate) -> set[str]:
    """The URIs of the lists that cover a certificate."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return set()
    return {
        name.value
        for point in points
        if point.reasons is None and point.crl_issuer is None
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier)
    }


def is_signed_by(certificate: x509.Certificate, spki: bytes) -> bool:
    """Whether this key verifies the signature of a certificate.

    False also for algorithms and keys that are not RSA or ECDSA, or malformed.
    """
    signature, content = certificate.signature, certificate.tbs_certificate_bytes
    try:
        key = load_der_public_key(spki)
        parameters = certificate.signature_algorithm_parameters
        digest = certificate.signature_hash_algorithm
        if isinstance(key, rsa.RSAPublicKey) and isinstance(
            parameters, padding.PKCS1v15 | padding.PSS
        ):
            if digest is None:
                return False
            key.verify(signature, content, parameters, digest)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
            key.verify(signature, content, parameters)
            return True
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return False
