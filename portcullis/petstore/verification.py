"""Verifies the token and the client certificate of a call: all that a backend must check.

The gateway writes two headers on every call it lets through: ``Authorization: Bearer <token>`` and
``X-Client-Certificate-Thumbprint``. A caller that reaches the backend by another way can write
them too, so they are trusted only after all the checks below.

A token is reused by design: the authorizer returns the same one while enough of its lifetime is
left, so a ``jti`` may occur more than once. ``cnf`` stops a stolen token: it names the certificate
that the token was minted for, and the gateway's header names the calling certificate. That holds
only if nothing but the gateway can reach the backend: see docs/guide/backend.md.

Sources: RFC 9068 sections 2 and 4; RFC 8705 section 3.1; RFC 8725 section 3; RFC 6750 section 3.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

PublicKey = EllipticCurvePublicKey | RSAPublicKey
ALGORITHMS = ("ES256", "RS256")
TOKEN_TYPES = ("at+jwt", "application/at+jwt")  # RFC 9068 section 4
REQUIRED_CLAIMS = ("iss", "aud", "sub", "client_id", "scope", "iat", "nbf", "exp", "jti", "cnf")
TIMES = ("iat", "nbf", "exp")
THUMBPRINT_HEADER = "X-Client-Certificate-Thumbprint"
LEEWAY_SECONDS = 5  # clocks of issuer and backend may differ by this much
MAX_TOKEN_CHARACTERS = 8192  # ours have about 700; longer ones are refused unverified
_COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)  # RFC 7515: base64url, no padding


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A verified client and its scopes."""

    client_id: str
    scopes: frozenset[str]
    token_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The issuer and audience of tokens for this backend."""

    issuer: str
    audience: str
    leeway_seconds: int = LEEWAY_SECONDS


class Keys(Protocol):
    """The issuer's public keys by key id."""

    async def find(self, key_id: str) -> PublicKey | None:
        """The key, or None when the issuer does not publish it."""


class TokenRefusedError(Exception):
    """The token is refused. ``reason`` names the failed check and never quotes the token."""

    def __init__(self, status: int, error: str, reason: str, *, scope: str | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.error = error
        self.reason = reason
        self.scope = scope

    @property
    def challenge(self) -> str:
        """The WWW-Authenticate header. Without a token it has no error code (RFC 6750)."""
        if self.error == "missing_token":
            return 'Bearer realm="petstore"'
        scope = f', scope="{self.scope}"' if self.scope else ""
        return (
            f'Bearer realm="petstore", error="{self.error}", error_description="{self.reason}"'
            + scope
        )


async def verify(
    headers: Iterable[tuple[str, str]], keys: Keys, expected: Expected, scope: str | None
) -> Caller:
    """Accept a token of this issuer for this audience, time and client certificate.

    Args:
        headers: every header as it arrived; a name may occur more than once.
        keys: the issuer's public keys.
        expected: issuer and audience.
        scope: what the operation requires; None if a valid token is enough.

    Raises:
        TokenRefusedError: 401 ``missing_token`` or ``invalid_token``, 403 ``insufficient_scope``.
    """
    lowered = [(name.lower(), value) for name, value in headers]
    token = _bearer_token(lowered)
    key = await keys.find(_key_id(token))
    if key is None:
        raise _invalid("The key id is not one that the issuer publishes")
    claims = _claims(token, key, expected)
    _check_binding(claims, lowered)
    caller = Caller(
        client_id=claims["client_id"],
        scopes=frozenset(claims["scope"].split(" ")) - {""},
        token_id=claims["jti"],
    )
    if scope is not None and scope not in caller.scopes:
        raise TokenRefusedError(
            403, "insufficient_scope", "The token does not carry the scope", scope=scope
        )
    return caller


def _invalid(reason: str) -> TokenRefusedError:
    return TokenRefusedError(401, "invalid_token", reason)


def _bearer_token(headers: list[tuple[str, str]]) -> str:
    values = [value for name, value in headers if name == "authorization"]
    if not values:
        raise TokenRefusedError(401, "missing_token", "There is no Authorization header")
    if len(values) > 1:
        raise _invalid("There is more than one Authorization header")
    scheme, _, token = values[0].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenRefusedError(
            401, "missing_token", "The Authorization header holds no bearer token"
        )
    if len(token) > MAX_TOKEN_CHARACTERS or not _COMPACT.fullmatch(token):
        raise _invalid("The bearer token is not a compact JWT")
    return token


def _key_id(token: str) -> str:
    """The key id of a token whose header is one that the issuer writes.

    The header is not trusted: keys in it (jwk, jku, x5c, x5u) are never read.
    """
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise _invalid("The bearer token is not a compact JWT") from None
    if header.get("alg") not in ALGORITHMS:
        raise _invalid("The algorithm is not ES256 or RS256")
    kind = header.get("typ")
    if not isinstance(kind, str) or kind.lower() not in TOKEN_TYPES:
        raise _invalid("The type is not at+jwt")
    if "crit" in header:
        raise _invalid("The header has critical extensions, and none is supported")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise _invalid("The token has no key id")
    return key_id


def _algorithm(key: PublicKey) -> str:
    """The key's kind chooses the algorithm; the token's alg header never does."""
    return "RS256" if isinstance(key, RSAPublicKey) else "ES256"


def _claims(token: str, key: PublicKey, expected: Expected) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[_algorithm(key)],
            issuer=expected.issuer,
            audience=expected.audience,
            leeway=expected.leeway_seconds,
            # strict: the other of two audiences could replay the token
            options={"require": list(REQUIRED_CLAIMS), "strict_aud": True},
        )
    except jwt.PyJWTError as error:
        raise _invalid(_REASONS.get(type(error), "The token is malformed")) from None
    if any(type(claims[name]) is not int for name in TIMES):  # a bool is an int, but not a time
        raise _invalid("A time claim is not a whole number")
    if any(not isinstance(claims[name], str) for name in ("client_id", "scope")):
        raise _invalid("A claim has the wrong type")
    return claims


def _check_binding(claims: dict[str, Any], headers: list[tuple[str, str]]) -> None:
    presented = [value for name, value in headers if name == THUMBPRINT_HEADER.lower()]
    if len(presented) != 1:
        raise _invalid("There is not exactly one client certificate thumbprint")
    confirmation = claims["cnf"]
    bound = confirmation.get("x5t#S256") if isinstance(confirmation, dict) else None
    if not isinstance(bound, str) or not bound or bound != presented[0]:
        raise _invalid("The token belongs to another client certificate")


_REASONS: dict[type[jwt.PyJWTError], str] = {
    jwt.InvalidAlgorithmError: "The algorithm is not the one of the key",
    jwt.InvalidSignatureError: "The signature is not the issuer's",
    jwt.ExpiredSignatureError: "The token has expired",
    jwt.ImmatureSignatureError: "The token is not valid yet",
    jwt.InvalidAudienceError: "The token is meant for another audience",
    jwt.InvalidIssuerError: "The token comes from another issuer",
    jwt.MissingRequiredClaimError: "A required claim is missing",
}
