"""Clients and revoked certificates as values, and the JSON that the authorizer loads."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from cryptography import x509

FORMAT_VERSION = 1  # the one that authorizer/registry.py accepts
# Read whole at each cold start; docs/authorizer.md says how many milliseconds that takes.
MAX_FILE_CLIENTS: Final = 10_000

# RFC 4514 section 3 and RFC 4519, and what partners' certificates carry beside them; any other
# attribute is written as its dotted object identifier.
ATTRIBUTES: Mapping[str, str] = {
    "CN": "2.5.4.3",
    "serialNumber": "2.5.4.5",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "STREET": "2.5.4.9",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "title": "2.5.4.12",
    "businessCategory": "2.5.4.15",
    "postalCode": "2.5.4.17",
    "organizationIdentifier": "2.5.4.97",
    "UID": "0.9.2342.19200300.100.1.1",
    "DC": "0.9.2342.19200300.100.1.25",
    "emailAddress": "1.2.840.113549.1.9.1",
    "jurisdictionL": "1.3.6.1.4.1.311.60.2.1.1",
    "jurisdictionST": "1.3.6.1.4.1.311.60.2.1.2",
    "jurisdictionC": "1.3.6.1.4.1.311.60.2.1.3",
}


@dataclass(frozen=True, kw_only=True, order=True)
class DistinguishedName:
    """Every attribute of a subject or issuer, by object identifier, in no particular order."""

    attributes: tuple[tuple[str, str], ...]  # sorted

    @classmethod
    def of(cls, attributes: Iterable[tuple[str, str]]) -> Self:
        return cls(attributes=tuple(sorted(attributes)))

    @classmethod
    def of_x509(cls, name: x509.Name) -> Self:
        """The subject or issuer of a certificate or a list."""
        return cls.of((a.oid.dotted_string, str(a.value)) for a in name)

    def __str__(self) -> str:
        """As in messages: ``CN=Issuing CA, O=Example``."""
        names = {identifier: name for name, identifier in ATTRIBUTES.items()}
        return ", ".join(f"{names.get(oid, oid)}={value}" for oid, value in self.attributes)

    def canonical(self) -> str:
        """The string that the authorizer computes from a certificate."""
        return json.dumps([list(pair) for pair in self.attributes], separators=(",", ":"))


class IdentityKind(StrEnum):
    SAN_URI = "sanUri"
    SAN_DNS = "sanDns"
    SUBJECT = "subject"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """One name of a client; without an issuer, any issuer of the truststore will do."""

    kind: IdentityKind
    value: str  # a URI, a lower-case DNS name, or the canonical subject
    issuer: DistinguishedName | None = None

    def __str__(self) -> str:
        """As in messages: ``sanUri urn:a``, ``subject CN=shop, O=Example``."""
        if self.kind is not IdentityKind.SUBJECT:
            return f"{self.kind} {self.value}"
        pairs: Iterable[tuple[str, str]] = json.loads(self.value)
        return f"{self.kind} {DistinguishedName.of((oid, value) for oid, value in pairs)}"

    def overlaps(self, other: "Identity") -> bool:
        """Whether a certificate could match both."""
        same_name = (self.kind, self.value) == (other.kind, other.value)
        return same_name and (self.issuer is None or other.issuer in {None, self.issuer})


class ClientStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"  # for a while
    REVOKED = "revoked"  # for good


@dataclass(frozen=True, kw_only=True)
class Client:
    """One partner: the names in its certificates, and what it may do."""

    id: str
    description: str
    match: tuple[Identity, ...]
    pins: tuple[str, ...]
    scopes: tuple[str, ...]
    status: ClientStatus
    rate_plan: str | None = None


@dataclass(frozen=True, kw_only=True, order=True)
class RevokedSerialNumber:
    """One certificate of one issuer; `portcullis.pki.identifiers` has the number's form."""

    issuer: DistinguishedName
    serial_number: str


RevokedCertificate = str | RevokedSerialNumber  # a thumbprint, or an issuer and a serial number


@dataclass(frozen=True, kw_only=True)
class ClientRegistry:
    """The clients that may call, and the revoked certificates."""

    clients: tuple[Client, ...]
    revoked_thumbprints: tuple[str, ...] = ()
    revoked_serial_numbers: tuple[RevokedSerialNumber, ...] = ()

    def to_json(self) -> str:
        """The form in the zip: an index, equal for equal registries."""
        identities: dict[str, dict[str, list[dict[str, str | None]]]] = {
            kind: {} for kind in IdentityKind
        }
        for client in self.clients:
            for identity in client.match:
                issuer = identity.issuer.canonical() if identity.issuer else None
                entries = identities[identity.kind].setdefault(identity.value, [])
                entries.append({"client": client.id, "issuer": issuer})
        for by_value in identities.values():
            for entries in by_value.values():
                entries.sort(key=lambda entry: (entry["issuer"] or "", entry["client"] or ""))
        serial_numbers: dict[str, dict[str, int]] = {}
        for revoked in self.revoked_serial_numbers:
            by_issuer = serial_numbers.setdefault(revoked.issuer.canonical(), {})
            by_issuer[revoked.serial_number] = 1
        document = {
            "version": FORMAT_VERSION,
            "clients": {client.id: _packed(client) for client in self.clients},
            "identities": identities,
            "revoked": {
                "thumbprints": dict.fromkeys(self.revoked_thumbprints, 1),
                "serialNumbers": serial_numbers,
            },
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n"


def _packed(client: Client) -> dict[str, Any]:
    return {
        "pins": sorted(client.pins),
        "ratePlan": client.rate_plan,
        "scopes": sorted(client.scopes),
        "status": client.status,
    }
