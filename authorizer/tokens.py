"""Mints tokens: one per client, certificate and scopes, signed with ES256 or RS256 and reused.

Sources: RFC 7519 (claims), RFC 9068 (at+jwt), RFC 8705 section 3.1 (cnf), RFC 7518 section 3.3 and
3.4 (the signature of ES256 is r and s side by side, where KMS answers in DER).
"""

import json
import secrets
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import Algorithm
from jwt.api_jws import PyJWS
from jwt.utils import der_to_raw_signature

from authorizer.cache import BoundedCache
from authorizer.config import REUSE_MARGIN_SECONDS, Config
from authorizer.reasons import FailedError, Reason
from authorizer.registry import RegisteredClient

MAX_SIGNING_INPUT_BYTES = 4096  # AWS KMS API Reference, Sign: Message of type RAW

SIGNATURE_BYTES = 64  # of ES256, RFC 7518 section 3.4
RSA_SIGNATURE_BYTES = 256  # of RS256 with a key of 2048 bits


class Signer(Protocol):
    """Signs with a private key that the function cannot read."""

    def sign(self, message: bytes, *, deadline: float) -> bytes:
        """The signature by the algorithm of the configuration, that of ECDSA in DER.

        Raises FailedError once the deadline has passed.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A signed token and the whole seconds between which it is good."""

    value: str
    issued_at: int
    expires_at: int
    reusable_until: int  # the last second at which it may be handed out


class Mint:
    """Mints and remembers tokens. The cache is bounded; an evicted token is minted anew."""

    def __init__(self, config: Config, signer: Signer, *, capacity: int = 1024) -> None:
        self._config = config
        self._signer = signer
        self._tokens: BoundedCache[tuple[str, str, tuple[str, ...]], Token] = BoundedCache(capacity)
        self._algorithm = config.signing_algorithm
        self._jws = PyJWS(algorithms=[self._algorithm])
        self._jws.unregister_algorithm(self._algorithm)
        self._jws.register_algorithm(self._algorithm, _REMOTE[self._algorithm]())

    def token(
        self,
        client: RegisteredClient,
        thumbprint: str,
        *,
        now: float,
        accepted_until: float,
        deadline: float,
    ) -> tuple[Token, bool]:
        """A token, and whether it is a reused one.

        It outlives the cached answer, and never the certificate, which is accepted until that
        moment: API Gateway may reuse the answer for longer, and the backend then refuses the token.

        Raises:
            FailedError: ``signing_failed``; the caller gets a 500.
        """
        key = (client.id, thumbprint, client.scopes)
        known = self._tokens.get(key)
        if known is not None and self._is_fresh(known, now):
            return known, True
        token = self._sign(client, thumbprint, int(now), int(accepted_until) + 1, deadline)
        self._tokens.put(key, token)
        return token, False

    def _is_fresh(self, token: Token, now: float) -> bool:
        # After the clock was set back, the token may not be valid yet.
        return token.issued_at <= now <= token.reusable_until

    def _sign(
        self, client: RegisteredClient, thumbprint: str, now: int, no_later: int, deadline: float
    ) -> Token:
        expires_at = now + self._config.token_life_seconds
        reusable_until = expires_at - self._config.authorizer_cache_seconds - REUSE_MARGIN_SECONDS
        if expires_at > no_later:  # no later token can live longer, so this one is used to its end
            expires_at, reusable_until = no_later, no_later - 1
        claims = {
            "iss": self._config.issuer,
            "aud": self._config.audience,
            "sub": client.id,
            "client_id": client.id,
            "scope": " ".join(client.scopes),
            "iat": now,
            "nbf": now,
            "exp": expires_at,
            "jti": secrets.token_urlsafe(16),
            "cnf": {"x5t#S256": thumbprint},
        }
        value = self._jws.encode(
            json.dumps(claims, separators=(",", ":")).encode(),
            # PyJWT passes the key on to the algorithm unchanged: here it is a function that signs.
            partial(self._signer.sign, deadline=deadline),  # type: ignore[arg-type]
            algorithm=self._algorithm,
            headers={"kid": self._config.key_id, "typ": "at+jwt"},
        )
        return Token(
            value=value, issued_at=now, expires_at=expires_at, reusable_until=reusable_until
        )


class _Remote(Algorithm):
    """An algorithm with a function in place of the private key. It never verifies."""

    def prepare_key(self, key: Any) -> Any:
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:
        if len(msg) > MAX_SIGNING_INPUT_BYTES:
            raise FailedError(Reason.SIGNING_FAILED, "the token is longer than KMS signs")
        return self.checked(key(msg))

    def checked(self, signature: bytes) -> bytes:
        """The signature in the form of a JWS. Raises FailedError."""
        raise NotImplementedError

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        raise NotImplementedError

    @staticmethod
    def to_jwk(key_obj: Any, as_dict: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyJWT's own
        raise NotImplementedError

    @staticmethod
    def from_jwk(jwk: Any) -> Any:
        raise NotImplementedError


class _RemoteES256(_Remote):
    def checked(self, signature: bytes) -> bytes:
        try:
            raw = der_to_raw_signature(signature, ec.SECP256R1())
        except ValueError as error:
            raise FailedError(Reason.SIGNING_FAILED, "the signature is not in DER") from error
        if len(raw) != SIGNATURE_BYTES:  # a larger curve's numbers do not fit
            raise FailedError(Reason.SIGNING_FAILED, "the signature is not of P-256")
        return raw


class _RemoteRS256(_Remote):
    def checked(self, signature: bytes) -> bytes:
        if len(signature) != RSA_SIGNATURE_BYTES:
            raise FailedError(Reason.SIGNING_FAILED, "the signature is not of RSA_2048")
        return signature


_REMOTE: dict[str, type[_Remote]] = {"ES256": _RemoteES256, "RS256": _RemoteRS256}
