"""The clients that a laptop issues certificates for: those of the registry and two of its own."""

from pathlib import Path

from portcullis import registry
from portcullis.laptop.revoked_client import REVOKED_CLIENT
from portcullis.registry.model import ClientStatus, IdentityKind

UNREGISTERED_CLIENT = "stranger"  # has a valid certificate, and is not in the registry
CLIENT_URI = "spiffe://portcullis.local/client"


def registered_clients(clients_file: Path) -> dict[str, str]:
    """SAN URI by client id. The active client with the most scopes is first.

    `up` prints a call of the first one. Clients without a SAN URI are left out.

    Raises:
        RegistryError: the file cannot be used.
    """
    known = registry.load(clients_file, known_scopes=None).clients
    ordered = sorted(known, key=lambda c: (c.status is not ClientStatus.ACTIVE, -len(c.scopes)))
    return {
        client.id: identity.value
        for client in ordered
        for identity in client.match
        if identity.kind is IdentityKind.SAN_URI
    }


def laptop_clients(clients_file: Path) -> dict[str, str]:
    """The registered clients, one that is revoked in this run, and one that is not registered."""
    clients = registered_clients(clients_file)
    # With the name of a registered client: the revocation is the only reason to refuse it.
    first = next(iter(clients.values()), f"{CLIENT_URI}/{REVOKED_CLIENT}")
    clients.setdefault(REVOKED_CLIENT, first)
    clients.setdefault(UNREGISTERED_CLIENT, f"{CLIENT_URI}/{UNREGISTERED_CLIENT}")
    return clients
