"""Defines the changes of a registry: one edit at a time, checked, shown, then written whole.

A registry is in a file (`portcullis.registry.file_store`) or in a DynamoDB table
(`portcullis.registry.table_store`). Both detect a second writer and then change nothing.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from portcullis.errors import MisuseError, PortcullisError
from portcullis.registry.model import (
    Client,
    ClientRegistry,
    ClientStatus,
    Identity,
    IdentityKind,
    RevokedCertificate,
)


class EditError(MisuseError):
    """The change cannot be made to this registry; nothing was written."""


class ConflictError(PortcullisError):
    """Another writer changed the same thing in the meantime; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Revocation:
    """A revoked certificate: its thumbprint, or its issuer and serial number."""

    certificate: RevokedCertificate
    reason: str = ""


@dataclass(frozen=True)
class Added:
    clients: tuple[Client, ...]


@dataclass(frozen=True)
class Updated:
    client: Client  # with its new value
    member: Literal["status", "scopes"]


@dataclass(frozen=True)
class Removed:
    client: Client


@dataclass(frozen=True)
class Revoked:
    revocation: Revocation


@dataclass(frozen=True)
class Unrevoked:
    certificate: RevokedCertificate


Action = Added | Updated | Removed | Revoked | Unrevoked


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one command does, in order, and the whole registry after it."""

    actions: tuple[Action, ...] = ()
    after: ClientRegistry


Edit = Callable[[ClientRegistry], Change]


class Plan(Protocol):
    """A change that was checked and not made yet."""

    @property
    def diff(self) -> str:
        """The change as a unified diff; empty where nothing changes."""

    def write(self) -> None:
        """Make the change; ConflictError where another writer was faster."""


class Store(Protocol):
    """A file or a table."""

    def read(self) -> ClientRegistry: ...

    def plan(self, edit: Edit) -> Plan:
        """Raises EditError or RegistryError where the change would make the registry invalid."""


class Additions:
    """Clients that are to be added together, each checked against all others."""

    def __init__(self, before: ClientRegistry, rate_plans: Collection[str] | None = None) -> None:
        """``rate_plans`` are the stack's; None leaves those of the clients unchecked."""
        self._before = before
        self._rate_plans = rate_plans
        self._added: list[Client] = []
        self._clients: dict[str, Client] = {}
        self._identities: dict[tuple[IdentityKind, str], list[tuple[str, Identity]]] = {}
        self._pins: dict[str, str] = {}
        for client in before.clients:
            self._index(client)

    def add(self, client: Client) -> None:
        """Raises EditError where the client cannot be added."""
        if self._rate_plans is not None:
            _check_rate_plan(client, self._rate_plans)
        if client.id in self._clients:
            raise EditError(
                f"There is a client {client.id} already. See: portcullis clients show {client.id}"
            )
        for identity in client.match:
            for owner, other in self._identities.get((identity.kind, identity.value), ()):
                if identity.overlaps(other):
                    raise EditError(
                        f"{identity} leads to client {owner} already; a certificate must lead to "
                        "one client."
                    )
        for pin in client.pins:
            if pin in self._pins:
                raise EditError(f"{pin} is a pin of client {self._pins[pin]} already.")
        self._index(client)
        self._added.append(client)

    def has_equal(self, client: Client) -> bool:
        """Whether the registry holds exactly this client."""
        known = self._clients.get(client.id)
        return known is not None and _sorted(known) == _sorted(client)

    def change(self) -> Change:
        if not self._added:
            return Change(after=self._before)
        clients = tuple(sorted((*self._before.clients, *self._added), key=lambda c: c.id))
        after = replace(self._before, clients=clients)
        return Change(actions=(Added(tuple(self._added)),), after=after)

    def _index(self, client: Client) -> None:
        self._clients[client.id] = client
        for identity in client.match:
            same_name = self._identities.setdefault((identity.kind, identity.value), [])
            same_name.append((client.id, identity))
        self._pins |= dict.fromkeys(client.pins, client.id)


def add(client: Client, *, rate_plans: Collection[str] | None = None) -> Edit:
    """Add a client. ``rate_plans`` are the stack's; None leaves the client's unchecked."""

    def edit(before: ClientRegistry) -> Change:
        additions = Additions(before, rate_plans)
        additions.add(client)
        return additions.change()

    return edit


def together(edits: Iterable[Edit]) -> Edit:
    """Several edits as one change: all of them are written, or none."""

    def edit(before: ClientRegistry) -> Change:
        actions: list[Action] = []
        after = before
        for one in edits:
            change = one(after)
            actions += change.actions
            after = change.after
        return Change(actions=tuple(actions), after=after)

    return edit


def set_scopes(client_id: str, scopes: tuple[str, ...]) -> Edit:
    """Replace what a client may do."""

    def edit(before: ClientRegistry) -> Change:
        client = find(before, client_id)
        if set(scopes) == set(client.scopes):
            return Change(after=before)
        return _updated(before, client, replace(client, scopes=scopes), "scopes")

    return edit


def set_status(client_id: str, status: ClientStatus) -> Edit:
    """Suspend, resume or revoke a client. A revoked one needs `unrevoke_client`."""

    def edit(before: ClientRegistry) -> Change:
        client = find(before, client_id)
        if client.status is ClientStatus.REVOKED and status is not ClientStatus.REVOKED:
            raise EditError(
                f"Client {client_id} is revoked, which is for good. If that was a mistake: "
                f"portcullis clients unrevoke {client_id}"
            )
        return _with_status(before, client, status)

    return edit


def unrevoke_client(client_id: str) -> Edit:
    """Undo the revocation of a client. It is then suspended; resume lets it in."""

    def edit(before: ClientRegistry) -> Change:
        client = find(before, client_id)
        if client.status is not ClientStatus.REVOKED:
            raise EditError(f"Client {client_id} is not revoked, but {client.status}.")
        return _with_status(before, client, ClientStatus.SUSPENDED)

    return edit


def remove(client_id: str) -> Edit:
    def edit(before: ClientRegistry) -> Change:
        client = find(before, client_id)
        clients = tuple(c for c in before.clients if c is not client)
        return Change(actions=(Removed(client),), after=replace(before, clients=clients))

    return edit


def revoke(revocation: Revocation) -> Edit:
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
            numbers = tuple(sorted((*before.revoked_serial_numbers, certificate)))
            after = replace(before, revoked_serial_numbers=numbers)
        return Change(actions=(Revoked(revocation),), after=after)

    return edit


def unrevoke(certificate: RevokedCertificate) -> Edit:
    """Undo the revocation of a certificate; a revocation list that names it still counts."""

    def edit(before: ClientRegistry) -> Change:
        if isinstance(certificate, str):
            thumbprints = tuple(t for t in before.revoked_thumbprints if t != certificate)
            after = replace(before, revoked_thumbprints=thumbprints)
        else:
            numbers = tuple(r for r in before.revoked_serial_numbers if r != certificate)
            after = replace(before, revoked_serial_numbers=numbers)
        if after == before:
            raise EditError(
                "That certificate is not revoked here under this name. A certificate can be "
                "revoked by its thumbprint, by its issuer and serial number, or by its issuer's "
                "list: see the reason's detail in the authorizer's log."
            )
        return Change(actions=(Unrevoked(certificate),), after=after)

    return edit


def _check_rate_plan(client: Client, known: Collection[str]) -> None:
    accepted = ", ".join(sorted(known))
    if client.rate_plan is not None and client.rate_plan not in known:
        raise EditError(
            f"The rate plan {client.rate_plan!r} does not exist; the stack has: "
            f"{accepted or 'none'}."
        )
    if client.rate_plan is None and known:
        raise EditError(
            f"Client {client.id} has no rate plan, but the stack has some, and API Gateway then "
            f"refuses every call without one. Add --rate-plan, one of: {accepted}."
        )


def _with_status(before: ClientRegistry, client: Client, status: ClientStatus) -> Change:
    if client.status is status:
        return Change(after=before)
    return _updated(before, client, replace(client, status=status), "status")


def _updated(
    before: ClientRegistry, client: Client, changed: Client, member: Literal["status", "scopes"]
) -> Change:
    clients = tuple(changed if c is client else c for c in before.clients)
    return Change(actions=(Updated(changed, member),), after=replace(before, clients=clients))


def _sorted(client: Client) -> Client:
    """As the table keeps it: the order of scopes and pins has no meaning."""
    return replace(client, scopes=tuple(sorted(client.scopes)), pins=tuple(sorted(client.pins)))


def find(registry: ClientRegistry, client_id: str) -> Client:
    """Raises EditError where there is none of this id."""
    for client in registry.clients:
        if client.id == client_id:
            return client
    raise EditError(f"The client {client_id!r} does not exist. See: portcullis clients list")
