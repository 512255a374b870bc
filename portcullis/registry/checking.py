"""Checks a new entry of a table by the rules of the file: it is written as YAML, and parsed."""

from collections.abc import Collection
from pathlib import Path

from portcullis.registry import yaml_format
from portcullis.registry.errors import RegistryError
from portcullis.registry.model import Client
from portcullis.registry.store import (
    Added,
    Change,
    EditError,
    Revocation,
    Revoked,
    Updated,
)
from portcullis.registry.strict_yaml import parse
from portcullis.registry.yaml_lines import client_lines, revocation_lines

_NO_FILE = Path("change.yaml")  # the error's line numbers and path are not shown


def check(change: Change, known_scopes: Collection[str] | None) -> None:
    """Raises EditError where the file would refuse a new entry."""
    clients: list[Client] = []
    revocations: list[Revocation] = []
    for action in change.actions:
        match action:
            case Added(added):
                clients += added
            case Updated(client, "scopes"):
                clients.append(client)
            case Revoked(revocation):
                revocations.append(revocation)
    if not clients and not revocations:
        return
    lines = ["clients:" if clients else "clients: []"]
    lines += [line for client in clients for line in client_lines(client)]
    lines += ["revoked:"] if revocations else []
    lines += [line for revocation in revocations for line in revocation_lines(revocation)]
    try:
        document = parse(_NO_FILE, "\n".join(lines).encode("utf-8"))
        yaml_format.check(_NO_FILE, document, known_scopes=known_scopes)
    except RegistryError as error:
        faults = "\n".join(f"{fault.where}: {fault.message}" for fault in error.problems)
        raise EditError(faults) from error
    except UnicodeEncodeError as error:
        raise EditError("The change holds text that is not UTF-8.") from error
