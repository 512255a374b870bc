"""An issuer with its own key, and tokens that are right until a test breaks one thing."""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from portcullis.petstore.verification import Expected

ISSUER = "https://issuer.test"
AUDIENCE = "petstore"
THUMBPRINT = "A" * 43
OTHER_THUMBPRINT = "B" * 43


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Issuer:
    """Signs what a test asks for; ``find`` makes it the key set of the verification too."""

    key_id: str = "key-1"
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    async def find(self, key_id: str) -> ec.EllipticCurvePublicKey | None:
        return self.private.public_key() if key_id == self.key_id else None

    def jwk(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "use": "sig",
            "kid": self.key_id,
            "x": base64url(numbers.x.to_bytes(32, "big")),
            "y": base64url(numbers.y.to_bytes(32, "big")),
        }

    def jwks(self) -> bytes:
        return json.dumps({"keys": [self.jwk()]}).encode()

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Right claims; ``changed`` replaces some, and a value of None leaves one out."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "pet-shop",
            "client_id": "pet-shop",
            "scope": "pets:read pets:write",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": "token-1",
            "cnf": {"x5t#S256": THUMBPRINT},
        } | changed
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """A signed token. PyJWT refuses to write some wrong claims, so this signs by itself."""
        return self.sign(self.claims(**changed), header)

    def sign(self, claims: Any, header: dict[str, Any] | None = None) -> str:
        head = {"alg": "ES256", "typ": "at+jwt", "kid": self.key_id} | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        signing_input = ".".join(base64url(json.dumps(part).encode()) for part in (head, claims))
        algorithm = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
        signature = algorithm.sign(signing_input.encode(), self.private)
        return f"{signing_input}.{base64url(signature)}"

    def headers(self, token: str | None = None, thumbprint: str = THUMBPRINT) -> list[Any]:
        """What the gateway sends."""
        return [
            ("Host", "backend.test"),
            ("Authorization", f"Bearer {token or self.token()}"),
            ("X-Client-Certificate-Thumbprint", thumbprint),
            ("X-Request-Id", "request-1"),
        ]


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="session")
def expected() -> Expected:
    return Expected(issuer=ISSUER, audience=AUDIENCE)


@pytest.fixture
def second(issuer):
    return type(issuer)(key_id="key-2")
