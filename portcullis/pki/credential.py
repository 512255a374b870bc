"""A certificate with its private key, and PEM of certificates."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from portcullis.pki import keys
from portcullis.pki.keys import PrivateKey


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A certificate, the private key it was made for, and the issuers to present with it."""

    certificate: x509.Certificate
    key: PrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def certificate_pem(self) -> bytes:
        """The leaf and its chain, as servers and curl's ``--cert`` take them."""
        return to_pem(self.certificate, *self.chain)

    @property
    def key_pem(self) -> bytes:
        return keys.to_pem(self.key)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.certificate.subject.rfc4514_string()!r})"


def to_pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)
