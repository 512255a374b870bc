"""Verifies which key of its issuer signed a certificate.

A certificate names its issuer, and one name may have several keys: one may be revoked while another
still counts. API Gateway has verified the chain, but does not say with which key. Its authority key
identifier does not tell either: the holder of a revoked key can write any identifier.
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key


class KeyStatus(Enum):
    """What is known about the key that signed a certificate."""

    ACCEPTED = auto()
    REVOKED = auto()  # revoked itself, or below a revoked CA; or unknown beside a revoked one
    UNKNOWN = auto()  # not a key of the truststore, so no list covers its certificates


class IssuerKeys(NamedTuple):
    """The keys of one issuer name that still count, each a SubjectPublicKeyInfo in DER."""

    accepted: tuple[bytes, ...]
    has_revoked: bool  # whether the name has revoked keys

    def status(self, der: bytes) -> KeyStatus:
        """The status of the key that signed this certificate."""
        if is_signed_by_any(der, self.accepted):
            return KeyStatus.ACCEPTED
        return KeyStatus.REVOKED if self.has_revoked else KeyStatus.UNKNOWN


def is_signed_by_any(der: bytes, keys: Iterable[bytes]) -> bool:
    """Whether one of these keys verifies the signature of a certificate.

    False also for algorithms and keys that are not RSA or ECDSA, or malformed.
    """
    certificate = x509.load_der_x509_certificate(der)
    return any(_is_signed_by(certificate, key) for key in keys)


def _is_signed_by(certificate: x509.Certificate, spki: bytes) -> bool:
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
