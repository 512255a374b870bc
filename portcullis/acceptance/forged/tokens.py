"""Tokens with exactly one fault, for the backend to refuse.

A forged token proves something only if it would be accepted without its fault. So the faults in
claims are signed with the real key, which the laptop's KMS lets its owner use; and a client's real
token is caught on its way to the backend. Whole tokens live in memory only and in no report.
"""

import base64
import hashlib
import hmac
import http.client
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from portcullis.acceptance.matrix.case import Token
from portcullis.acceptance.target.target import SigningKey
from portcullis.errors import PortcullisError

LIFE_SECONDS = 300
KMS_SECONDS = 10.0
COORDINATE_BYTES = 32

Claims = dict[str, Any]
Sign = Callable[[bytes], bytes]


class TokenError(PortcullisError):
    """A token for a case could not be made."""


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(header: Mapping[str, Any], claims: Mapping[str, Any], sign: Sign) -> str:
    """A JWS in compact form, of any header and claims."""
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, claims))
    signing_input = ".".join(base64url(part) for part in parts)
    return f"{signing_input}.{base64url(sign(signing_input.encode()))}"


def decode_part(part: str) -> Any:
    """Header or claims of a token, unverified."""
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """The issuer's key as its JWKS publishes it."""

    key_id: str
    key: ec.EllipticCurvePublicKey

    @classmethod
    def read(cls, jwks: Path) -> "PublicKey":
        """The first key of a JWKS file."""
        try:
            entry = json.loads(jwks.read_bytes())["keys"][0]
            x, y = (int.from_bytes(_decode(entry[name])) for name in ("x", "y"))
            key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
            return cls(key_id=entry["kid"], key=key)
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            raise TokenError(f"The JWKS {jwks} holds no P-256 key: {error!r}") from None


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True, kw_only=True)
class Forger:
    """Makes the tokens that need nothing but the issuer's public key, and the real key to sign."""

    public: PublicKey
    issuer: str
    audience: str
    thumbprint: str
    client_id: str
    signing_key: SigningKey | None

    def make(self, token: Token) -> str:
        """A token with the fault that its name says, and no other."""
        claims = self._claims()
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self.public.key_id}
        match token:
            case Token.GARBAGE:
                return "not-a-token"
            case Token.FOREIGN_KEY:
                return compact(header, claims, _sign_with(ec.generate_private_key(ec.SECP256R1())))
            case Token.UNKNOWN_KEY_ID:
                stranger = ec.generate_private_key(ec.SECP256R1())
                header["kid"] = base64url(secrets.token_bytes(32))
                return compact(header, claims, _sign_with(stranger))
            case Token.ALG_NONE:
                return compact(header | {"alg": "none"}, claims, lambda _: b"")
            case Token.HS256_PUBLIC_KEY:
                return compact(header | {"alg": "HS256"}, claims, self._hmac_with_public_key)
            case Token.EXPIRED:
                past = int(time.time()) - LIFE_SECONDS
                claims |= {"iat": past - LIFE_SECONDS, "nbf": past - LIFE_SECONDS, "exp": past}
            case Token.OTHER_AUDIENCE:
                claims["aud"] = f"not-{self.audience}"
            case Token.OTHER_ISSUER:
                claims["iss"] = "https://issuer.invalid"
            case Token.OTHER_TYPE:
                header["typ"] = "JWT"
            case Token.UNBOUND:
                del claims["cnf"]
            case _:
                raise TokenError(f"{token} is not made, it is caught")
        return compact(header, claims, self._sign_with_real_key)

    def _claims(self) -> Claims:
        now = int(time.time())
        return {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": self.client_id,
            "client_id": self.client_id,
            "scope": "pets:read pets:write",
            "iat": now,
            "nbf": now,
            "exp": now + LIFE_SECONDS,
            "jti": secrets.token_hex(16),
            "cnf": {"x5t#S256": self.thumbprint},
        }

    def _hmac_with_public_key(self, signing_input: bytes) -> bytes:
        """The old confusion: the token's alg decides what the public key is used for."""
        pem = self.public.key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return hmac.digest(pem, signing_input, hashlib.sha256)

    def _sign_with_real_key(self, signing_input: bytes) -> bytes:
        if self.signing_key is None:
            raise TokenError("The target does not let the matrix use its signing key.")
        return _raw_signature(kms_sign(self.signing_key, signing_input))


def widen(token: str) -> str:
    """The token with more scopes than were signed."""
    header, claims, signature = token.split(".")
    wider = decode_part(claims) | {"scope": "pets:read pets:write pets:delete admin"}
    return f"{header}.{base64url(json.dumps(wider).encode())}.{signature}"


def _sign_with(key: ec.EllipticCurvePrivateKey) -> Sign:
    return lambda data: _raw_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))


def _raw_signature(der: bytes) -> bytes:
    """RFC 7518 section 3.4: r and s side by side."""
    return b"".join(n.to_bytes(COORDINATE_BYTES) for n in decode_dss_signature(der))


def kms_sign(key: SigningKey, message: bytes) -> bytes:
    """Sign with the laptop's KMS; it checks no credentials, so none are sent that mean anything."""
    url = urlsplit(key.endpoint)
    region = key.key_arn.split(":")[3]
    scope = f"laptop/20000101/{region}/kms/aws4_request"
    body = {
        "KeyId": key.key_arn,
        "Message": base64.b64encode(message).decode(),
        "MessageType": "RAW",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }
    connection = http.client.HTTPConnection(url.netloc, timeout=KMS_SECONDS)
    try:
        connection.request(
            "POST",
            "/",
            json.dumps(body),
            {
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "TrentService.Sign",
                "Authorization": (
                    f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"
                ),
            },
        )
        answer = connection.getresponse()
        told = json.loads(answer.read())
        return base64.b64decode(told["Signature"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise TokenError(f"The KMS at {key.endpoint} did not sign: {error!r}") from None
    finally:
        connection.close()
