"""What goes into a table is held to the rules of the file: it is written as one, and read back."""

import tempfile
from collections.abc import Collection
from pathlib import Path

from portcullis.registry.errors import RegistryError
from portcullis.registry.store import Added, Change, EditError, Revoked
from portcullis.registry.yaml_format import load
from portcullis.registry.yaml_lines import client_lines, revocation_lines


def check(change: Change, known_scopes: Collection[str] | None) -> None:
    """Raises EditError where the file would refuse the new entry."""
    match change.action:
        case Added(client):
            lines = ["clients:", *client_lines(client)]
        case Revoked(revocation):
            lines = ["clients: []", "revoked:", *revocation_lines(revocation)]
        case _:  # no new entry
            return
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "change.yaml"
        try:
            draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
            load(draft, known_scopes=known_scopes)
        except RegistryError as error:
            told = "\n".join(f"{p.where}: {p.message}" for p in error.problems)
            raise EditError(told) from error
        except UnicodeEncodeError as error:
            raise EditError("The change holds text that is not UTF-8.") from error
