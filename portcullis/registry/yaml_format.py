"""Turns a registry file into clients and reports every broken rule of the format with its line."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

import yaml

from portcullis.pki.identifiers import parse_serial_number, serial_text
from portcullis.registry.errors import RegistryError
from portcullis.registry.model import (
    ATTRIBUTES,
    Client,
    ClientRegistry,
    ClientStatus,
    DistinguishedName,
    Identity,
    IdentityKind,
    RevokedCertificate,
    RevokedSerialNumber,
)
from portcullis.registry.strict_yaml import (
    WHOLE,
    Entry,
    Problems,
    attributes,
    items,
    members,
    parse,
    read,
    text,
)

MAX_TEXT_LENGTH: Final = 512

# The id becomes the principal, a token's subject and a header value.
_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_RATE_PLAN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_STATUSES: Final = " or ".join(ClientStatus)
# RFC 3986: a scheme and then no space, quote or control character.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#$%&'()*+,./0-9:;=?@A-Z_a-z~\[\]-]+")
_DNS_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_OBJECT_IDENTIFIER = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_SERIAL_NUMBER = re.compile(r"(?:[0-9A-Fa-f]{2}:)*[0-9A-Fa-f]{1,40}")

_FILE = frozenset({"clients", "revoked"})
_CLIENT = frozenset({"id", "description", "match", "pins", "scopes", "status", "ratePlan"})
_MATCH = frozenset({"sanUri", "sanDns", "subject", "issuer"})
_REVOKED = frozenset({"thumbprint", "issuer", "serialNumber", "reason"})


def load(
    path: Path,
    *,
    known_scopes: Collection[str] | None,
    known_rate_plans: Collection[str] | None = None,
) -> ClientRegistry:
    """Read and check a registry file. Scopes come from the contract, rate plans from the stack.

    None for either leaves it unchecked.

    Raises:
        RegistryError: every fault of the file, with its line, the value and the accepted form.
    """
    document = parse(path, read(path))
    return check(path, document, known_scopes=known_scopes, known_rate_plans=known_rate_plans)


def check(
    path: Path,
    document: yaml.Node,
    *,
    known_scopes: Collection[str] | None,
    known_rate_plans: Collection[str] | None = None,
) -> ClientRegistry:
    """The registry in a parsed document; ``path`` is for the error. See `load`."""
    problems = Problems()
    whole = Entry(where=WHOLE, node=document)
    registry = _DocumentReader(problems, known_scopes, known_rate_plans).registry(whole)
    if problems.found:
        raise RegistryError(path, problems.found)
    return registry


def revocations(document: yaml.Node) -> list[tuple[yaml.Node, RevokedCertificate]]:
    """Every item of a checked file's ``revoked``, and the certificate it names."""
    problems = Problems()
    found = members(Entry(where=WHOLE, node=document), _FILE, problems)
    if "revoked" not in found:
        return []
    reader = _DocumentReader(problems, None, None)
    named = [(entry.node, reader.revoked(entry)) for entry in items(found["revoked"], problems)]
    return [(node, certificate) for node, certificate in named if certificate is not None]


class _DocumentReader:
    """One pass over one file; values that must be unique are kept with their first owner."""

    def __init__(
        self,
        problems: Problems,
        known_scopes: Collection[str] | None,
        known_rate_plans: Collection[str] | None,
    ) -> None:
        self._problems = problems
        self._known_scopes = known_scopes
        self._known_rate_plans = known_rate_plans
        self._ids: set[str] = set()
        self._pins: dict[str, str] = {}
        self._identities: dict[tuple[IdentityKind, str], list[tuple[str, Identity]]] = {}

    def registry(self, document: Entry) -> ClientRegistry:
        found = members(document, _FILE, self._problems)
        if "clients" not in found:
            self._missing(document, "clients", "a list of clients, which may be empty: clients: []")
            return ClientRegistry(clients=())
        clients = [self._client(entry) for entry in items(found["clients"], self._problems)]
        thumbprints: list[str] = []
        serial_numbers: list[RevokedSerialNumber] = []
        if "revoked" in found:
            for entry in items(found["revoked"], self._problems):
                revoked = self.revoked(entry)
                if isinstance(revoked, str):
                    thumbprints.append(revoked)
                elif revoked is not None:
                    serial_numbers.append(revoked)
        return ClientRegistry(
            clients=tuple(sorted((c for c in clients if c), key=lambda client: client.id)),
            revoked_thumbprints=tuple(sorted(set(thumbprints))),
            revoked_serial_numbers=tuple(sorted(set(serial_numbers))),
        )

    def _client(self, entry: Entry) -> Client | None:
        found = members(entry, _CLIENT, self._problems)
        if not found:
            return None
        client_id = self._id(entry, found.get("id"))
        if client_id is not None:
            # From here on faults name the client by its id.
            named = f"client {client_id}"
            found = {
                name: Entry(where=e.where.replace(entry.where, named, 1), node=e.node)
                for name, e in found.items()
            }
            entry = Entry(where=named, node=entry.node)
        owner = client_id or entry.where
        description = text(found["description"], self._problems) if "description" in found else ""
        match = self._match(entry, found.get("match"), owner)
        pins = self._pinned(found.get("pins"), owner)
        scopes = self._scopes(entry, found.get("scopes"))
        status = self._status(entry, found.get("status"))
        rate_plan = self._rate_plan(found.get("ratePlan"))
        if client_id is None or status is None:
            return None
        return Client(
            id=client_id,
            description=description or "",
            match=match,
            pins=pins,
            scopes=scopes,
            status=status,
            rate_plan=rate_plan,
        )

    def _id(self, client: Entry, entry: Entry | None) -> str | None:
        accepted = "1 to 64 lower-case letters, digits, dots, dashes and underscores"
        if entry is None:
            self._missing(client, "id", accepted)
            return None
        value = self._text(entry, _ID, accepted)
        if value in self._ids:
            self._problems.add(entry, f"{value!r} is already taken.")
        if value is not None:
            self._ids.add(value)
        return value

    def _match(self, client: Entry, entry: Entry | None, owner: str) -> tuple[Identity, ...]:
        accepted = "a list such as [{sanUri: spiffe://example.com/client/ID}]"
        if entry is None:
            self._missing(client, "match", accepted)
            return ()
        listed = items(entry, self._problems)
        if not listed and isinstance(entry.node, yaml.SequenceNode):
            self._problems.add(entry, f"is empty, but must be {accepted}.")
        found: list[Identity] = []
        for item in listed:
            identity = self._identity(item)
            if identity is None:
                continue
            same_name = self._identities.setdefault((identity.kind, identity.value), [])
            for other_owner, other in same_name:
                if identity.overlaps(other):
                    self._problems.add(
                        item,
                        f"the same {identity.kind} already stands for client {other_owner}; "
                        "a certificate must lead to one client.",
                    )
            same_name.append((owner, identity))
            found.append(identity)
        return tuple(found)

    def _identity(self, entry: Entry) -> Identity | None:
        found = members(entry, _MATCH, self._problems)
        issuer_entry = found.pop("issuer", None)
        if len(found) != 1:
            if isinstance(entry.node, yaml.MappingNode):
                self._problems.add(
                    entry,
                    "must hold exactly one of sanUri, sanDns and subject, and may add an issuer.",
                )
            return None
        issuer = self._distinguished_name(issuer_entry) if issuer_entry else None
        ((name, value_entry),) = found.items()
        kind = IdentityKind(name)
        value: str | None
        if kind is IdentityKind.SAN_URI:
            value = self._text(value_entry, _URI, "a URI such as spiffe://example.com/client/ID")
        elif kind is IdentityKind.SAN_DNS:
            value = self._text(
                value_entry, _DNS_NAME, "a DNS name in lower case, without a wildcard"
            )
        else:
            subject = self._distinguished_name(value_entry)
            value = subject.canonical() if subject else None
            if issuer_entry is None:
                # Any trusted issuer could name its subject like that.
                self._problems.add(entry, "a subject needs its issuer: {subject: …, issuer: …}.")
        if value is None or (issuer_entry and issuer is None):
            return None
        return Identity(kind=kind, value=value, issuer=issuer)

    def _distinguished_name(self, entry: Entry) -> DistinguishedName | None:
        pairs: list[tuple[str, str]] = []
        is_whole = True
        for key, name, value_entry in attributes(entry, self._problems):
            object_identifier = ATTRIBUTES.get(name)
            if object_identifier is None and _OBJECT_IDENTIFIER.fullmatch(name):
                object_identifier = name
            if object_identifier is None:
                self._problems.add(
                    entry.at(key),
                    f"does not know the attribute {name!r}; accepted: {', '.join(ATTRIBUTES)} or a "
                    "dotted object identifier.",
                )
                is_whole = False
                continue
            several = isinstance(value_entry.node, yaml.SequenceNode)
            for item in items(value_entry, self._problems) if several else [value_entry]:
                value = self._text(item, re.compile(r".+"), "a string that is not empty")
                is_whole = is_whole and value is not None
                pairs.append((object_identifier, value or ""))
        return DistinguishedName.of(pairs) if pairs and is_whole else None

    def _pinned(self, entry: Entry | None, owner: str) -> tuple[str, ...]:
        if entry is None:
            return ()
        pins: list[str] = []
        for item in items(entry, self._problems):
            pin = self._text(item, _THUMBPRINT, _THUMBPRINT_FORM)
            if pin is None:
                continue
            if pin in self._pins:
                self._problems.add(item, f"is already a pin of client {self._pins[pin]}.")
            self._pins[pin] = owner
            pins.append(pin)
        return tuple(pins)

    def _scopes(self, client: Entry, entry: Entry | None) -> tuple[str, ...]:
        scopes_of_contract = sorted(self._known_scopes or ())
        known = ", ".join(scopes_of_contract) or "none: the contract has no scopes"
        accepted = f"a list of some of {known}"
        if entry is None:
            self._missing(client, "scopes", accepted)
            return ()
        listed = items(entry, self._problems)
        if not listed and isinstance(entry.node, yaml.SequenceNode):
            self._problems.add(entry, "is empty; to lock a client out, set status: suspended.")
        scopes: list[str] = []
        for item in listed:
            scope = text(item, self._problems)
            if scope is None:
                continue
            if self._known_scopes is not None and scope not in self._known_scopes:
                self._problems.add(item, f"is {scope!r}, but must be one of {known}.")
            if scope in scopes:
                self._problems.add(item, f"names {scope!r} twice.")
            scopes.append(scope)
        return tuple(scopes)

    def _status(self, client: Entry, entry: Entry | None) -> ClientStatus | None:
        if entry is None:
            self._missing(client, "status", _STATUSES)
            return None
        value = text(entry, self._problems)
        if value is None:
            return None
        try:
            return ClientStatus(value)
        except ValueError:
            self._problems.add(entry, f"is {_shown(value)}, but must be {_STATUSES}.")
            return None

    def _rate_plan(self, entry: Entry | None) -> str | None:
        if entry is None:
            return None
        value = self._text(entry, _RATE_PLAN, "letters, digits, dots, dashes and underscores")
        known = self._known_rate_plans
        if value is not None and known is not None and value not in known:
            accepted = f"must be one of {', '.join(sorted(known))}"
            if not known:
                accepted = "the stack has no rate plans. Remove ratePlan, or set ratePlans"
            self._problems.add(entry, f"is {value!r}, but {accepted}.")
        return value

    def revoked(self, entry: Entry) -> RevokedCertificate | None:
        found = members(entry, _REVOKED, self._problems)
        if "reason" in found:
            text(found["reason"], self._problems)  # for people
        names = set(found) - {"reason"}
        if names == {"thumbprint"}:
            return self._text(found["thumbprint"], _THUMBPRINT, _THUMBPRINT_FORM)
        if names == {"issuer", "serialNumber"}:
            issuer = self._distinguished_name(found["issuer"])
            number = self._text(
                found["serialNumber"], _SERIAL_NUMBER, "hexadecimal, with or without colons"
            )
            if issuer is None or number is None:
                return None
            return RevokedSerialNumber(
                issuer=issuer, serial_number=serial_text(parse_serial_number(number))
            )
        if isinstance(entry.node, yaml.MappingNode):
            self._problems.add(entry, "must hold thumbprint, or issuer and serialNumber.")
        return None

    def _text(self, entry: Entry, pattern: re.Pattern[str], accepted: str) -> str | None:
        value = text(entry, self._problems)
        if value is None:
            return None
        if len(value) > MAX_TEXT_LENGTH or not pattern.fullmatch(value):
            self._problems.add(entry, f"is {_shown(value)}, but must be {accepted}.")
            return None
        return value

    def _missing(self, entry: Entry, name: str, accepted: str) -> None:
        self._problems.add(entry, f"has no {name}: {accepted}.")


_THUMBPRINT_FORM: Final = (
    "a certificate's x5t#S256 thumbprint: base64url of the SHA-256 of its DER, 43 characters"
)


def _shown(value: str) -> str:
    return repr(value if len(value) <= 80 else value[:80] + "…")  # noqa: PLR2004 - fits a line
