"""Tokens with exactly one fault, which the backend must refuse.

Such a token proves something only if it would be accepted without its fault. Tokens with a fault in
their claims are therefore signed by the laptop's KMS with the real key. A whole token stays in
memory; no report contains one.
"""

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.utils import der_to_raw_signature

from portcullis.acceptance.errors import TokenError
from portcullis.acceptance.forged.jose import Sign, compact, decode_part
from portcullis.acceptance.forged.kms import kms_sign
from portcullis.acceptance.matrix.request import BackendToken
from portcullis.acceptance.target.target import TargetSigningKey
from portcullis.pki.identifiers import base64url

LIFE_SECONDS = 300

Claims = dict[str, Any]
# Of a file, of JSON, and of a JWK with members of other types.
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, jwt.PyJWTError)


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """The issuer's key as its JWKS publishes it."""

    key_id: str
    algorithm: str  # RS256 or ES256
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey

    @classmethod
    def read(cls, jwks: Path) -> "PublicKey":
        """The first key of a JWKS file. Raises TokenError if there is none."""
        try:
            entry = json.loads(jwks.read_bytes())["keys"][0]
            algorithm = "RS256" if entry["kty"] == "RSA" else "ES256"
            key = jwt.PyJWK(entry, algorithm).key
            return cls(key_id=entry["kid"], algorithm=algorithm, key=key)
        except _UNREADABLE as error:
            raise TokenError(
                f"The JWKS {jwks} does not hold a P-256 or RSA key: {error!r}"
            ) from None


@dataclass(frozen=True, kw_only=True)
class Forger:
    """Makes tokens from the issuer's public key and, for faulty claims, with its signing key."""

    public: PublicKey
    issuer: str
    audience: str
    thumbprint: str
    client_id: str
    scope: str
    signing_key: TargetSigningKey | None

    def make(self, token: BackendToken) -> str:
        """A token with exactly the fault that its name says."""
        claims = self._claims()
        header = {"alg": self.public.algorithm, "typ": "at+jwt", "kid": self.public.key_id}
        match token:
            case BackendToken.GARBAGE:
                return "not-a-token"
            case BackendToken.FOREIGN_KEY:
                return compact(header, claims, _stranger(self.public.algorithm))
            case BackendToken.UNKNOWN_KEY_ID:
                header["kid"] = base64url(secrets.token_bytes(32))
                return compact(header, claims, _stranger(self.public.algorithm))
            case BackendToken.ALG_NONE:
                return compact(header | {"alg": "none"}, claims, lambda _: b"")
            case BackendToken.HS256_PUBLIC_KEY:
                return compact(header | {"alg": "HS256"}, claims, self._hmac_with_public_key)
            case BackendToken.EXPIRED:
                past = int(time.time()) - LIFE_SECONDS
                claims |= {"iat": past - LIFE_SECONDS, "nbf": past - LIFE_SECONDS, "exp": past}
            case BackendToken.OTHER_AUDIENCE:
                claims["aud"] = f"not-{self.audience}"
            case BackendToken.OTHER_ISSUER:
                claims["iss"] = "https://issuer.invalid"
            case BackendToken.OTHER_TYPE:
                header["typ"] = "JWT"
            case BackendToken.UNBOUND:
                del claims["cnf"]
            case _:
                raise TokenError(f"{token} is captured from a call, not made.")
        return compact(header, claims, self._sign_with_real_key)

    def _claims(self) -> Claims:
        now = int(time.time())
        return {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": self.client_id,
            "client_id": self.client_id,
            "scope": self.scope,
            "iat": now,
            "nbf": now,
            "exp": now + LIFE_SECONDS,
            "jti": secrets.token_hex(16),
            "cnf": {"x5t#S256": self.thumbprint},
        }

    def _hmac_with_public_key(self, signing_input: bytes) -> bytes:
        """Algorithm confusion, RFC 8725 section 2.1: the public key used as an HMAC secret."""
        pem = self.public.key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return hmac.digest(pem, signing_input, hashlib.sha256)

    def _sign_with_real_key(self, signing_input: bytes) -> bytes:
        if self.signing_key is None:
            raise TokenError("The target does not let the matrix use its signing key.")
        if self.public.algorithm == "RS256":
            return kms_sign(self.signing_key, signing_input, "RSASSA_PKCS1_V1_5_SHA_256")
        return der_to_raw_signature(kms_sign(self.signing_key, signing_input), ec.SECP256R1())


def widen(token: str) -> str:
    """The token with more scopes than were signed."""
    header, claims, signature = token.split(".")
    decoded = decode_part(claims)
    wider = decoded | {"scope": f"{decoded.get('scope', '')} admin"}
    return f"{header}.{base64url(json.dumps(wider).encode())}.{signature}"


def _stranger(algorithm: str) -> Sign:
    """Signs with a new key of the algorithm's kind."""
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if algorithm == "RS256"
        else ec.generate_private_key(ec.SECP256R1())
    )
    return lambda data: jwt.get_algorithm_by_name(algorithm).sign(data, key)
