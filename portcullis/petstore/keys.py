"""Keeps the issuer's public keys, and reads its JWKS again when a key id is new.

A key that the issuer withdrew stops working after ``MAX_AGE_SECONDS``. Invented key ids cause one
fetch in ``FLOOR_SECONDS`` at most.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from portcullis.errors import PortcullisError
from portcullis.petstore.jwks import JwksError, parse_jwks
from portcullis.petstore.jwks_source import Fetch
from portcullis.petstore.verification import PublicKey

FLOOR_SECONDS = 30.0
MAX_AGE_SECONDS = 300.0

log = logging.getLogger(__name__)


class KeysUnavailableError(PortcullisError):
    """The JWKS in memory is too old and cannot be read again."""

    def __init__(self) -> None:
        super().__init__(
            "The issuer's JWKS could not be read again, and the copy in memory is too old. "
            "Calls are refused with 503 until the JWKS given as --jwks can be read."
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
        self._keys: dict[str, PublicKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Read the JWKS now. At the start an unusable one must end the process.

        Raises:
            JwksError: it cannot be read or used.
        """
        async with self._lock:
            await self._read()

    async def find(self, key_id: str) -> PublicKey | None:
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
