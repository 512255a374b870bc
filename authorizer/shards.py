"""A registry too large to be read at init: the zip holds it in small compressed pieces.

A name's hash says which piece holds it. A piece has some 256 names whatever the registry's size, so
a certificate that was not seen before costs the same with a thousand clients and with a hundred
thousand. `components.authorizer_zip.shards` writes what is read here.
"""

import bz2
import hashlib
import json
import math
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from authorizer.cache import BoundedCache
from authorizer.certificate import ClientCertificate
from authorizer.reasons import FailedError, Reason
from authorizer.registry import FORMAT_VERSION, Excerpt, PackagedRegistry

MAGIC = b"PCSHARD1"
_COUNT = struct.Struct(">8sI")


class ShardedRegistry:
    """``clients.shards`` beside a ``clients.json`` that holds the rest."""

    def __init__(self, rest: Mapping[str, Any], path: Path) -> None:
        """Read the directory only.

        Raises:
            FailedError: the file is missing or not whole.
        """
        self._revoked = rest.get("revoked")
        self._excerpts: BoundedCache[str, PackagedRegistry] = BoundedCache(1024)
        try:
            self._file = os.open(path, os.O_RDONLY)
            magic, count = _COUNT.unpack(os.pread(self._file, _COUNT.size, 0))
            self._offsets = struct.unpack(
                f">{count + 1}I", os.pread(self._file, 4 * (count + 1), _COUNT.size)
            )
            is_whole = self._offsets[-1] == os.fstat(self._file).st_size
        except (OSError, struct.error) as error:
            raise _failed(error) from error
        if magic != MAGIC or count != rest.get("shards") or not is_whole:
            raise FailedError(Reason.REGISTRY_FAILED, "clients.shards is not what was packed")

    def prepare(self) -> None:
        """All of it is here."""

    def excerpt(self, certificate: ClientCertificate, *, now: float, deadline: float) -> Excerpt:  # noqa: ARG002 - it is the truth for all time
        known = self._excerpts.get(certificate.thumbprint)
        if known is not None:
            return Excerpt(known, math.inf, is_reused=True)
        registry = PackagedRegistry(self._document(certificate))
        self._excerpts.put(certificate.thumbprint, registry)
        return Excerpt(registry, math.inf, is_reused=False)

    def _document(self, certificate: ClientCertificate) -> dict[str, Any]:
        """The part of the whole registry that speaks of this certificate's names."""
        clients: dict[str, Any] = {}
        identities: dict[str, dict[str, Any]] = {"sanUri": {}, "sanDns": {}, "subject": {}}
        names = [("sanUri", uri) for uri in certificate.uris]
        names += [("sanDns", dns_name) for dns_name in certificate.dns_names]
        names.append(("subject", certificate.subject))
        try:
            for kind, value in names:
                shard = self._shard(shard_of(kind, value, len(self._offsets) - 1))
                for client_id, issuer, position in shard[kind].get(value, ()):
                    scopes, status, pins, rate_plan = shard["entries"][position]
                    clients[client_id] = {
                        "scopes": scopes,
                        "status": status,
                        "pins": pins,
                        "ratePlan": rate_plan,
                    }
                    identities[kind].setdefault(value, []).append(
                        {"client": client_id, "issuer": issuer}
                    )
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise _failed(error) from error
        return {
            "version": FORMAT_VERSION,
            "clients": clients,
            "identities": identities,
            "revoked": self._revoked,
        }

    def _shard(self, number: int) -> Any:
        start, end = self._offsets[number : number + 2]
        return json.loads(bz2.decompress(os.pread(self._file, end - start, start)))


def shard_of(kind: str, value: str, count: int) -> int:
    """Which of ``count`` pieces holds a name."""
    digest = hashlib.sha256(f"{kind}\0{value}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % count


def _failed(error: Exception) -> FailedError:
    return FailedError(
        Reason.REGISTRY_FAILED, f"clients.shards is not readable: {type(error).__name__}"
    )
