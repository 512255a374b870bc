"""Where a registry is kept and how it is changed: one edit, checked, shown, then written whole.

Two places keep one: a file (`portcullis.registry.text`) and a DynamoDB table
(`portcullis.registry.table`). Both notice a second writer and change nothing then.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from portcullis.errors import MisuseError, PortcullisError
from portcullis.registry.model import Client, ClientRegistry, ClientStatus, RevokedSerialNumber


class EditError(MisuseError):
    """The change cannot be made to this registry; nothing was written."""


class ConflictError(PortcullisError):
    """Somebody else changed the same thing in the meantime; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Revocation:
    """A certificate that no longer counts: its thumbprint, or its issuer and serial number."""

    certificate: str | RevokedSerialNumber
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one command does. ``after`` is the whole registry as it will be."""

    added: Client | None = None
    status_of: Client | None = None  # with its new status
    removed: Client | None = None
    revoked: Revocation | None = None
    after: ClientRegistry

    @property
    def is_nothing(self) -> bool:
        return not (self.added or self.status_of or self.removed or self.revoked)


class Plan(Protocol):
    """A change that was checked and not yet made."""

    @property
    def diff(self) -> str:
        """What will be different, as a unified diff; empty where nothing will."""

    def write(self) -> None:
        """Make it; ConflictError where somebody was faster."""


class Store(Protocol):
    """A file or a table."""

    def read(self) -> ClientRegistry: ...

    def plan(self, edit: Callable[[ClientRegistry], Change]) -> Plan:
        """Raises EditError or RegistryError where the outcome would be no good registry."""


def add(client: Client) -> Callable[[ClientRegistry], Change]:
    def edit(before: ClientRegistry) -> Change:
        if any(known.id == client.id for known in before.clients):
            raise EditError(f"There is a client {client.id} already. See: portcullis clients show")
        for known in before.clients:
            for identity in client.match:
                if any(identity.overlaps(other) for other in known.match):
                    raise EditError(
                        f"{identity.kind} {identity.value} leads to client {known.id} already; a "
                        "certificate must lead to one client."
                    )
            shared = set(client.pins) & set(known.pins)
            if shared:
                raise EditError(f"{shared.pop()} is a pin of client {known.id} already.")
        clients = tuple(sorted((*before.clients, client), key=lambda c: c.id))
        return Change(added=client, after=replace(before, clients=clients))

    return edit


def set_status(client_id: str, status: ClientStatus) -> Callable[[ClientRegistry], Change]:
    def edit(before: ClientRegistry) -> Change:
        client = find(before, client_id)
        if client.status is status:
            return Change(after=before)
        changed = replace(client, status=status)
        clients = tuple(changed if c is client else c for c in before.clients)
        return Change(status_of=changed, after=replace(before, clients=clients))

    return edit


def remove(client_id: str) -> Callable[[ClientRegistry], Change]:
    def edit(before: ClientRegistry) -> Change:
        client = find(before, client_id)
        clients = tuple(c for c in before.clients if c is not client)
        return Change(removed=client, after=replace(before, clients=clients))

    return edit


def revoke(revocation: Revocation) -> Callable[[ClientRegistry], Change]:
    def edit(before: ClientRegistry) -> Change:
        certificate = revocation.certificate
        if isinstance(certificate, str):
            if certificate in before.revoked_thumbprints:
                return Change(after=before)
            thumbprints = tuple(sorted((*before.revoked_thumbprints, certificate)))
            after = replace(before, revoked_thumbprints=thumbprints)
        else:
            if certificate in before.revoked_serial_numbers:
                return Change(after=before)
            numbers = sorted(
                (*before.revoked_serial_numbers, certificate),
                key=lambda r: (r.issuer.canonical(), r.serial_number),
            )
            after = replace(before, revoked_serial_numbers=tuple(numbers))
        return Change(revoked=revocation, after=after)

    return edit


def find(registry: ClientRegistry, client_id: str) -> Client:
    """Raises EditError where there is none of this id."""
    for client in registry.clients:
        if client.id == client_id:
            return client
    raise EditError(f"There is no client {client_id!r}. See: portcullis clients list")
