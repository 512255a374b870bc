"""Finds the client of a certificate in the registry file of the zip.

``clients.json`` is built and validated by ``portcullis.registry`` when the zip is built. It is read
whole at init and holds an index: a lookup costs the same with one client and with 10,000.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

from authorizer.cache import BoundedCache
from authorizer.certificate import ClientCertificate
from authorizer.policy import SCOPE
from authorizer.reasons import FailedError, Reason, RefusedError
from authorizer.revocations import Listing

FORMAT_VERSION = 1

# Goes into a token and into headers.
_CLIENT_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


class RegistrationStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"  # for a while
    REVOKED = "revoked"  # for good


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredClient:
    """One registered client as the zip describes it."""

    id: str
    scopes: tuple[str, ...]  # sorted
    status: RegistrationStatus
    pins: frozenset[str] = frozenset()  # empty: any certificate of this identity
    rate_plan: str | None = None


class Registry(Protocol):
    """What a decision asks about a certificate. FailedError where the registry is malformed."""

    def is_revoked(self, certificate: ClientCertificate) -> bool: ...

    def identify(self, certificate: ClientCertificate) -> RegisteredClient:
        """The one client of this certificate; RefusedError for none or several."""


class Excerpt(NamedTuple):
    """What a registry says about one certificate, and until when that may be used."""

    registry: Registry
    good_until: float  # seconds since the epoch
    is_reused: bool | None = None  # from an earlier call; None where nothing has to be read
    listing: Listing | None = None  # what the list of its issuer says; None without lists


class RegistrySource(Protocol):
    """Where the registry is: in the zip, or in a table that may be out of reach."""

    def prepare(self) -> None:
        """Import what a lookup needs, at an init that no caller waits for."""

    def excerpt(self, certificate: ClientCertificate, *, now: float, deadline: float) -> Excerpt:
        """What concerns this certificate; FailedError where it cannot be read in time."""


class PackagedRegistry:
    """The registry file of the zip."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        if document.get("version") != FORMAT_VERSION:
            raise FailedError(
                Reason.REGISTRY_FAILED, f"clients.json: version must be {FORMAT_VERSION}"
            )
        self._clients = _table(document, "clients")
        self._read: BoundedCache[str, RegisteredClient] = BoundedCache(1024)
        identities = _table(document, "identities")
        self._by_uri = _table(identities, "sanUri")
        self._by_dns_name = _table(identities, "sanDns")
        self._by_subject = _table(identities, "subject")
        revoked = _table(document, "revoked")
        self._revoked_thumbprints = _table(revoked, "thumbprints")
        self._revoked_serial_numbers = _table(revoked, "serialNumbers")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file; FailedError where it is not what ``portcullis.registry`` writes."""
        try:
            document = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise FailedError(
                Reason.REGISTRY_FAILED, f"{path.name} is not readable: {type(error).__name__}"
            ) from error
        if not isinstance(document, dict):
            raise FailedError(Reason.REGISTRY_FAILED, f"{path.name} must be a JSON object")
        return cls(document)

    def prepare(self) -> None:
        """Nothing to import."""

    def excerpt(self, certificate: ClientCertificate, *, now: float, deadline: float) -> Excerpt:  # noqa: ARG002 - it holds everything and never changes
        return Excerpt(self, math.inf)

    def is_revoked(self, certificate: ClientCertificate) -> bool:
        by_issuer = self._revoked_serial_numbers.get(certificate.issuer, {})
        return (
            certificate.thumbprint in self._revoked_thumbprints
            or certificate.twin in self._revoked_thumbprints
            or any(one in self._revoked_thumbprints for one in certificate.origins)
            or certificate.serial_number in by_issuer
        )

    def identify(self, certificate: ClientCertificate) -> RegisteredClient:
        """Looks up every name in the certificate: names of two clients are ambiguous.

        Raises:
            RefusedError: ``unknown_client`` or ``ambiguous``.
            FailedError: ``registry_failed``: the entry is not what the packaging writes.
        """
        found: set[str] = set()
        for uri in certificate.uris:
            found |= _matches(self._by_uri.get(uri), certificate.issuer)
        for dns_name in certificate.dns_names:
            found |= _matches(self._by_dns_name.get(dns_name), certificate.issuer)
        found |= _matches(self._by_subject.get(certificate.subject), certificate.issuer)
        if not found:
            raise RefusedError(Reason.UNKNOWN_CLIENT, "none of its names is registered")
        if len(found) > 1:
            raise RefusedError(Reason.AMBIGUOUS, "its names belong to several clients")
        return self._client(found.pop())

    def _client(self, client_id: str) -> RegisteredClient:
        known = self._read.get(client_id)
        if known is not None:
            return known
        try:
            entry = self._clients[client_id]
            client = RegisteredClient(
                id=client_id,
                scopes=tuple(sorted(entry["scopes"])),
                status=RegistrationStatus(entry["status"]),
                pins=frozenset(entry["pins"]),
                rate_plan=entry["ratePlan"],
            )
            is_fit = _CLIENT_ID.fullmatch(client_id) and all(map(SCOPE.fullmatch, client.scopes))
        except (KeyError, TypeError, ValueError) as error:
            raise FailedError(
                Reason.REGISTRY_FAILED, f"a client's entry is malformed: {type(error).__name__}"
            ) from error
        if not is_fit:
            raise FailedError(Reason.REGISTRY_FAILED, "a client's id or scope is malformed")
        self._read.put(client_id, client)
        return client


def _matches(entries: object, issuer: str) -> set[str]:
    """The clients that registered this name, for any issuer or for this very one."""
    if entries is None:
        return set()
    try:
        return {e["client"] for e in entries if e["issuer"] in {None, issuer}}  # type: ignore[attr-defined]
    except (KeyError, TypeError) as error:
        raise FailedError(Reason.REGISTRY_FAILED, "an identity's entry is malformed") from error


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = document.get(name)
    if not isinstance(table, dict):
        raise FailedError(Reason.REGISTRY_FAILED, f"clients.json: {name} must be an object")
    return table
