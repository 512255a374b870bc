"""`portcullis clients list` and `show`."""

from typing import Any

import typer

from portcullis.cli.clients.options import LOCAL, ClientId, File, Stack, Table
from portcullis.cli.clients.place import store_of
from portcullis.cli.options import AsJson
from portcullis.cli.output import columns, print_json
from portcullis.registry import Client, DistinguishedName, store


def list_(
    *, file: File = None, stack: Stack = LOCAL, table: Table = None, as_json: AsJson = False
) -> None:
    """List the clients with their status and scopes."""
    registry = store_of(file, stack, table).read()
    if as_json:
        print_json([_described(client) for client in registry.clients])
        return
    rows = [(c.id, c.status, " ".join(c.scopes), c.description) for c in registry.clients]
    for line in columns(rows):
        typer.echo(line)
    revoked = len(registry.revoked_thumbprints) + len(registry.revoked_serial_numbers)
    typer.echo(f"clients: {len(registry.clients)}, revoked certificates: {revoked}", err=True)


def show(client: ClientId, *, file: File = None, stack: Stack = LOCAL, table: Table = None) -> None:
    """Show one client as JSON."""
    found = store.find(store_of(file, stack, table).read(), client)
    print_json(_described(found))


def _described(client: Client) -> dict[str, Any]:
    return {
        "id": client.id,
        "description": client.description,
        "match": [
            {"kind": i.kind, "value": i.value}
            | ({"issuer": _by_attribute(i.issuer)} if i.issuer else {})
            for i in client.match
        ],
        "pins": list(client.pins),
        "scopes": list(client.scopes),
        "status": client.status,
        "ratePlan": client.rate_plan,
    }


def _by_attribute(name: DistinguishedName) -> dict[str, str | list[str]]:
    """By object identifier; a list where an attribute has several values, as in the file."""
    values: dict[str, list[str]] = {}
    for oid, value in name.attributes:
        values.setdefault(oid, []).append(value)
    return {oid: found[0] if len(found) == 1 else found for oid, found in values.items()}
