"""Records the operations on the account of the stand-in, one JSON line each, and replays them.

A provider plugin is a new process for every command of the engine; the journal is how the next one
knows what exists.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from portcullis.standin.account import Account, Held, create, delete, update


class Verb(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class AwsOperation:
    """One operation that AWS accepted, with the outputs after it, or those before a delete."""

    verb: Verb
    type: str
    id: str
    name: str
    properties: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.verb} {self.type.rpartition(':')[2]} {self.name}"


def applied(account: Account, operation: AwsOperation) -> Account:
    """The account after the operation."""
    if operation.verb is Verb.DELETE:
        return delete(account, operation.type, operation.id, operation.properties)
    held = Held(type=operation.type, id=operation.id, properties=operation.properties)
    return (create if operation.verb is Verb.CREATE else update)(account, held)


def states(account: Account, operations: Iterable[AwsOperation]) -> Iterator[Account]:
    """The account after each of the operations."""
    for operation in operations:
        account = applied(account, operation)
        yield account


class AccountJournal:
    """A file of operations; it is created with the first one, for its owner only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, operation: AwsOperation) -> None:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(operation)) + "\n")

    def read(self) -> list[AwsOperation]:
        """Every operation so far; none if the file does not exist."""
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return [_operation(json.loads(line)) for line in lines]

    def account(self) -> Account:
        """The account after every operation so far."""
        account: Account = {}
        for operation in self.read():
            account = applied(account, operation)
        return account


def _operation(entry: dict[str, Any]) -> AwsOperation:
    return AwsOperation(**{**entry, "verb": Verb(entry["verb"])})
