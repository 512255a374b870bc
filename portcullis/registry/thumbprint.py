"""A certificate's name that nobody else's can have: RFC 8705's ``x5t#S256``."""

import base64

from cryptography import x509
from cryptography.hazmat.primitives import hashes


def thumbprint_of(certificate: x509.Certificate) -> str:
    """Base64url of the SHA-256 of its DER, without padding."""
    digest = certificate.fingerprint(hashes.SHA256())
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
