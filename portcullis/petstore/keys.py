"""The issuer's public keys: read from its JWKS, kept for a while, asked for again when one is new.

Source: RFC 7517 section 5. A key that the issuer withdrew stops working after ``MAX_AGE_SECONDS``;
a stranger who invents key ids causes one fetch in ``FLOOR_SECONDS`` and no more.
"""

import asyncio
import http.client
import json
import logging
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from jwt.algorithms import ECAlgorithm

from portcullis.errors import MisuseError, PortcullisError

FLOOR_SECONDS = 30.0
MAX_AGE_SECONDS = 300.0
FETCH_TIMEOUT_SECONDS = 5.0
USER_AGENT = "portcullis-petstore"  # AWSManagedRulesCommonRuleSet blocks a call without one
MAX_JWKS_BYTES = 64 * 1024

log = logging.getLogger(__name__)

Fetch = Callable[[], bytes]


class JwksError(PortcullisError):
    """The JWKS cannot be read or must not be used."""


class KeysUnavailableError(PortcullisError):
    """No key may be trusted at the moment: the JWKS is too old and cannot be read again."""

    def __init__(self) -> None:
        super().__init__(
            "The issuer's JWKS could not be read again, and the copy in memory is too old. "
            "Calls are refused with 503 until the place given as --jwks answers."
        )


class KeySet:
    """Public keys by key id."""

    def __init__(
        self,
        fetch: Fetch,
        *,
        clock: Callable[[], float] = time.monotonic,
        floor_seconds: float = FLOOR_SECONDS,
        max_age_seconds: float = MAX_AGE_SECONDS,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._floor_seconds = floor_seconds
        self._max_age_seconds = max_age_seconds
        self._keys: dict[str, EllipticCurvePublicKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Read the JWKS now; for the start, where a bad one must end the process.

        Raises:
            JwksError: it cannot be read or used.
        """
        async with self._lock:
            await self._read()

    async def find(self, key_id: str) -> EllipticCurvePublicKey | None:
        """The key with this id, or None when the issuer does not publish it.

        Raises:
            KeysUnavailableError: the keys in memory are too old and cannot be read again.
        """
        if not self._is_fresh() or key_id not in self._keys:
            await self._refresh(key_id)
        if not self._is_fresh():
            raise KeysUnavailableError
        return self._keys.get(key_id)

    def _is_fresh(self) -> bool:
        at = self._fetched_at
        return at is not None and self._clock() - at < self._max_age_seconds

    async def _refresh(self, key_id: str) -> None:
        async with self._lock:
            if self._is_fresh() and key_id in self._keys:
                return  # another call fetched it while this one waited
            if self._tried_at is not None and self._clock() - self._tried_at < self._floor_seconds:
                return
            try:
                await self._read()
            except JwksError as error:
                log.warning("%s", error)

    async def _read(self) -> None:
        self._tried_at = self._clock()
        self._keys = parse_jwks(await asyncio.to_thread(self._fetch))
        self._fetched_at = self._tried_at


def parse_jwks(text: bytes) -> dict[str, EllipticCurvePublicKey]:
    """The P-256 signature keys of a JWKS; keys of other kinds are left out, not misread.

    Raises:
        JwksError: not a JWKS, no usable key, one id twice, or a private key inside.
    """
    try:
        entries = json.loads(text)["keys"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise JwksError('The JWKS is not JSON of the form {"keys": […]}.') from None
    if not isinstance(entries, list):
        raise JwksError('The JWKS is not JSON of the form {"keys": […]}.')
    keys: dict[str, EllipticCurvePublicKey] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not _is_for_es256(entry):
            continue
        if "d" in entry:
            raise JwksError(
                "The JWKS holds a private key (member d). Withdraw that key, and publish only "
                "the members kty, crv, x, y, kid, use and alg."
            )
        key_id = entry.get("kid")
        if not isinstance(key_id, str) or not key_id:
            raise JwksError("A key of the JWKS has no kid. Give each key its RFC 7638 thumbprint.")
        if key_id in keys:
            raise JwksError(f"The JWKS holds the kid {key_id!r} twice. Each key needs its own.")
        keys[key_id] = _public_key(entry)
    if not keys:
        raise JwksError("The JWKS holds no P-256 signature key (kty EC, crv P-256).")
    return keys


def _is_for_es256(entry: dict[str, Any]) -> bool:
    return (
        entry.get("kty") == "EC"
        and entry.get("crv") == "P-256"
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", "ES256") == "ES256"
    )


def _public_key(entry: dict[str, Any]) -> EllipticCurvePublicKey:
    try:
        key = ECAlgorithm.from_jwk({name: entry.get(name) for name in ("kty", "crv", "x", "y")})
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise JwksError(f"The key {entry.get('kid')!r} of the JWKS is no P-256 point.") from None
    if not isinstance(key, EllipticCurvePublicKey):  # never: d was refused before
        raise JwksError("The JWKS holds a key that is not public.")
    return key


def jwks_source(
    place: str, *, truststore: Path | None = None, identity: tuple[Path, Path] | None = None
) -> Fetch:
    """Where the JWKS comes from: a file, or an https URL.

    Args:
        place: path or URL. Plain http is refused: whoever sits between could swap the keys.
        truststore: issuers that may have signed the server certificate; the system's if None.
        identity: certificate and key files, because the custom domain asks for a client certificate
            on its JWKS route too.

    Raises:
        MisuseError: neither a file nor an https URL.
    """
    if "://" not in place:
        return _file_source(Path(place))
    url = urlsplit(place)
    if url.scheme != "https" or not url.hostname:
        raise MisuseError(f"--jwks {place!r} is neither a file nor an https URL.")
    return _url_source(place, truststore, identity)


def _file_source(path: Path) -> Fetch:
    def read() -> bytes:
        try:
            with path.open("rb") as file:
                text = file.read(MAX_JWKS_BYTES + 1)
        except OSError as error:
            raise JwksError(f"The JWKS file {path} cannot be read: {error.strerror}.") from None
        if len(text) > MAX_JWKS_BYTES:
            raise JwksError(f"The JWKS file {path} is longer than {MAX_JWKS_BYTES} bytes.")
        return text

    return read


def _url_source(place: str, truststore: Path | None, identity: tuple[Path, Path] | None) -> Fetch:
    url = urlsplit(place)
    host = url.hostname or ""
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        context = ssl.create_default_context(cafile=str(truststore) if truststore else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if identity is not None:
            context.load_cert_chain(*identity)
    except (OSError, ssl.SSLError) as error:
        raise MisuseError(f"The certificate files given for {place} are no use: {error}") from None

    def read() -> bytes:
        # http.client follows no redirect and asks no proxy: the keys come from this host or not.
        connection = http.client.HTTPSConnection(
            host, url.port, timeout=FETCH_TIMEOUT_SECONDS, context=context
        )
        try:
            connection.request(
                "GET", target, headers={"Accept": "application/json", "User-Agent": USER_AGENT}
            )
            answer = connection.getresponse()
            text = answer.read(MAX_JWKS_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise JwksError(f"The JWKS at {place} cannot be read: {error}") from None
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise JwksError(f"The JWKS at {place} answered {answer.status} instead of 200.")
        if len(text) > MAX_JWKS_BYTES:
            raise JwksError(f"The JWKS at {place} is longer than {MAX_JWKS_BYTES} bytes.")
        return text

    return read
