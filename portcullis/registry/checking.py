"""Checks a new entry of a table by the rules of the file: it is written as YAML, and parsed."""

from collections.abc import Collection
from pathlib import Path

from portcullis.registry import yaml_format
from portcullis.registry.errors import RegistryError
from portcullis.registry.store import Added, Change, EditError, Revoked
from portcullis.registry.strict_yaml import parse
from portcullis.registry.yaml_lines import client_lines, revocation_lines

_NO_FILE = Path("change.yaml")  # the error's line numbers and path are not shown


def check(change: Change, known_scopes: Collection[str] | None) -> None:
    """Raises EditError where the file would refuse the new entry."""
    match change.action:
        case Added(client):
            lines = ["clients:", *client_lines(client)]
        case Revoked(revocation):
            lines = ["clients: []", "revoked:", *revocation_lines(revocation)]
        case _:  # no new entry
            return
    try:
        document = parse(_NO_FILE, "\n".join(lines).encode("utf-8"))
        yaml_format.check(_NO_FILE, document, known_scopes=known_scopes)
    except RegistryError as error:
        faults = "\n".join(f"{fault.where}: {fault.message}" for fault in error.problems)
        raise EditError(faults) from error
    except UnicodeEncodeError as error:
        raise EditError("The change holds text that is not UTF-8.") from error
