"""A signing key's public half as a JSON Web Key. Sources: RFC 7518 section 6, RFC 7638."""

import hashlib
import json
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from portcullis.errors import PortcullisError
from portcullis.pki.identifiers import base64url

COORDINATE_BYTES = 32  # RFC 7518 section 6.2.1.2: the full size of the curve, leading zeros kept


class SigningKeyError(PortcullisError):
    """The KMS key's public key cannot be used for the algorithm."""

    def __init__(
        self,
        kind: str,
        *,
        wanted: str = "ES256 needs an elliptic-curve key on P-256. Look at the KMS key's spec: it "
        "has to be ECC_NIST_P256",
    ) -> None:
        super().__init__(f"The signing key is {kind}, but {wanted}.")


@dataclass(frozen=True, kw_only=True)
class PublicJwk:
    """One key of the set: its coordinates in base64url, and its RFC 7638 thumbprint as key id."""

    x: str
    y: str

    @property
    def kid(self) -> str:
        # RFC 7638 section 3.2: the required members only, in this order, without white space.
        members = {"crv": "P-256", "kty": "EC", "x": self.x, "y": self.y}
        canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
        return base64url(hashlib.sha256(canonical.encode()).digest())

    def as_dict(self) -> dict[str, str]:
        return jwk_members(kid=self.kid, x=self.x, y=self.y)

    @classmethod
    def from_pem(cls, public_key_pem: str) -> "PublicJwk":
        """Raises SigningKeyError for anything but a P-256 public key."""
        return cls.from_key(load_pem_public_key(public_key_pem.encode()))

    @classmethod
    def from_key(cls, key: PublicKeyTypes) -> "PublicJwk":
        """Raises SigningKeyError for anything but a P-256 public key."""
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise SigningKeyError(type(key).__name__)
        if not isinstance(key.curve, ec.SECP256R1):
            raise SigningKeyError(f"on {key.curve.name}")
        point = key.public_numbers()
        return cls(
            x=base64url(point.x.to_bytes(COORDINATE_BYTES, "big")),
            y=base64url(point.y.to_bytes(COORDINATE_BYTES, "big")),
        )


RSA_BITS = 2048
RSA_EXPONENT = 65537
RSA_E = "AQAB"  # the same in base64url: KMS makes no key with another exponent


@dataclass(frozen=True, kw_only=True)
class RsaPublicJwk:
    """One RSA key of the set: its modulus in base64url, and its RFC 7638 thumbprint as key id."""

    n: str

    @property
    def kid(self) -> str:
        members = {"e": RSA_E, "kty": "RSA", "n": self.n}
        canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
        return base64url(hashlib.sha256(canonical.encode()).digest())

    def as_dict(self) -> dict[str, str]:
        return rsa_jwk_members(kid=self.kid, n=self.n)

    @classmethod
    def from_pem(cls, public_key_pem: str) -> "RsaPublicJwk":
        """Raises SigningKeyError for anything but an RSA public key of 2048 bits."""
        key = load_pem_public_key(public_key_pem.encode())
        if not isinstance(key, rsa.RSAPublicKey):
            raise SigningKeyError(type(key).__name__, wanted="RS256 needs an RSA_2048 key")
        numbers = key.public_numbers()
        if key.key_size != RSA_BITS or numbers.e != RSA_EXPONENT:
            raise SigningKeyError(
                f"of {key.key_size} bits with exponent {numbers.e}",
                wanted="RS256 needs an RSA_2048 key",
            )
        return cls(n=base64url(numbers.n.to_bytes(RSA_BITS // 8, "big")))


def rsa_jwk_members(*, kid: str, n: str) -> dict[str, str]:
    """The members of one RSA key; the values may be placeholders of a template."""
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": RSA_E}


def jwk_members(*, kid: str, x: str, y: str) -> dict[str, str]:
    """The members of one key; the values may be placeholders of a template."""
    return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y}
