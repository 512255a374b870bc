"""Reads and changes the registry in a DynamoDB table, the items that ``authorizer/table.py`` reads.

A client's item has a revision, and a name's item its owner; every write is conditional on them, so
no update of another writer is lost. A client and its names change in one transaction.
Source: DynamoDB Developer Guide, "Condition expressions" and "Managing complex workflows with
DynamoDB transactions".
"""

import difflib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from authorizer.item_keys import client_key, name_key, revoked_key, revoked_thumbprint_key
from portcullis.registry.checking import check
from portcullis.registry.dynamo_table import DynamoTable, Item, TableError
from portcullis.registry.model import (
    Client,
    ClientRegistry,
    ClientStatus,
    DistinguishedName,
    Identity,
    IdentityKind,
    RevokedSerialNumber,
)
from portcullis.registry.store import (
    Added,
    Change,
    ConflictError,
    Edit,
    EditError,
    Removed,
    Revocation,
    Revoked,
    Unrevoked,
    Updated,
    find,
)
from portcullis.registry.yaml_lines import client_lines, revocation_lines

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MAX_TRANSACTION = 100  # DynamoDB API Reference, TransactWriteItems


@dataclass(frozen=True, kw_only=True)
class TablePlan:
    """A checked change of one table."""

    table: "TableStore"
    change: Change
    before: Client | None
    revision: int

    @property
    def diff(self) -> str:
        before = [] if self.before is None else list(client_lines(self.before))
        lines: list[str] = []
        for action in self.change.actions:
            match action:
                case Added(clients):
                    lines += [line for client in clients for line in client_lines(client)]
                case Updated(client):
                    lines += client_lines(client)
                case Revoked(revocation):
                    lines += revocation_lines(revocation)
                case Unrevoked(certificate):
                    before += revocation_lines(Revocation(certificate=certificate))
        name = self.table.name
        return "".join(
            f"{line}\n" for line in difflib.unified_diff(before, lines, name, name, lineterm="")
        )

    def write(self) -> None:
        self.table.write(self.change, self.revision)


class TableStore:
    """A table of the ``registry: dynamodb`` setting."""

    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        *,
        known_scopes: Collection[str] | None = None,
    ) -> None:
        self._table = DynamoTable(client=client, name=name)
        self._known_scopes = known_scopes
        self.name = name

    def read(self) -> ClientRegistry:
        """The whole registry, by consistent reads.

        Raises:
            TableError: out of reach, or an item is malformed.
        """
        clients, thumbprints, numbers = [], [], []
        for item in self._scan():
            kind, _, rest = _text(item, "pk").partition("#")
            if kind == "client":
                clients.append(_client(rest, item))
            elif kind == "revoked" and "thumbprint" in item:
                thumbprints.append(_text(item, "thumbprint"))
            elif kind == "revoked":
                numbers.append(_serial_number(item))
        return ClientRegistry(
            clients=tuple(sorted(clients, key=lambda client: client.id)),
            revoked_thumbprints=tuple(sorted(thumbprints)),
            revoked_serial_numbers=tuple(sorted(numbers)),
        )

    def plan(self, edit: Edit) -> TablePlan:
        registry = self.read()
        change = edit(registry)
        check(change, self._known_scopes)
        before = None
        for action in change.actions:
            if isinstance(action, Updated | Removed):
                before = find(registry, action.client.id)
        revision = 0
        if before is not None:
            item = self._table.read(client_key(before.id)) or {}
            revision = int(item.get("revision", {}).get("N", "0"))
            if item and _client(before.id, item) != before:
                raise ConflictError(f"Client {before.id} is being changed. Run the command again.")
        return TablePlan(table=self, change=change, before=before, revision=revision)

    def write(self, change: Change, revision: int) -> None:
        """Make a change; a client that is in the table must have this revision.

        Raises:
            ConflictError: another writer changed the client or took one of its names.
            TableError: out of reach.
        """
        operations: list[Item] = []
        for action in change.actions:
            match action:
                case Added(clients):
                    self._add(clients)
                case Updated(client):
                    operations.append(self._put_client(client, revision))
                case Removed(client):
                    operations += self._delete_client(client, revision)
                case Revoked(revocation):
                    operations.append({"Put": self._in_table(Item=_revoked(revocation))})
                case Unrevoked(certificate):
                    key = {"pk": _revoked(Revocation(certificate=certificate))["pk"]}
                    operations.append({"Delete": self._in_table(Key=key)})
        self._transact(operations)

    def _add(self, clients: Iterable[Client]) -> None:
        """As many clients in a transaction as it takes; each client is written whole."""
        transactions: list[list[Item]] = [[]]
        for client in clients:
            operations = [self._put_client(client, None), *self._put_names(client)]
            _check_size(operations)  # before the first client is written
            if len(transactions[-1]) + len(operations) > MAX_TRANSACTION:
                transactions.append([])
            transactions[-1] += operations
        for transaction in transactions:
            self._transact(transaction)

    def _in_table(self, **members: Item) -> Item:
        return {"TableName": self.name} | members

    def _transact(self, operations: list[Item]) -> None:
        _check_size(operations)
        if not operations:
            return
        with self._table.reported(
            conflict="another writer changed this client or took one of its names in the meantime; "
            "nothing was written. Run the command again."
        ):
            self._table.client.transact_write_items(TransactItems=operations)  # type: ignore[arg-type]

    def fill(self, registry: ClientRegistry) -> None:
        """Write a whole registry into an empty table.

        Raises:
            EditError: the table holds items already.
            TableError: out of reach.
        """
        if next(iter(self._scan()), None) is not None:
            raise EditError(f"Table {self.name} is not empty; change it with: portcullis clients")
        self._table.put_all(items(registry))

    def _put_client(self, client: Client, revision: int | None) -> Item:
        put: Item = {"TableName": self.name, "Item": _client_item(client, (revision or 0) + 1)}
        if revision is None:
            put["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            put["ConditionExpression"] = "revision = :revision"
            put["ExpressionAttributeValues"] = {":revision": {"N": str(revision)}}
        return {"Put": put}

    def _put_names(self, client: Client) -> Iterator[Item]:
        for item in _name_items(client):
            yield {
                "Put": {
                    "TableName": self.name,
                    "Item": item,
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }

    def _delete_client(self, client: Client, revision: int) -> Iterator[Item]:
        yield {
            "Delete": {
                "TableName": self.name,
                "Key": {"pk": {"S": client_key(client.id)}},
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": str(revision)}},
            }
        }
        for item in _name_items(client):
            yield {
                "Delete": {
                    "TableName": self.name,
                    "Key": {"pk": item["pk"]},
                    "ConditionExpression": "client = :client",
                    "ExpressionAttributeValues": {":client": {"S": client.id}},
                }
            }

    def _scan(self) -> Iterator[Item]:
        return self._table.scan(
            ConsistentRead=True,
            FilterExpression="NOT begins_with(pk, :crl)",  # revocation_lists/in_table.py
            ExpressionAttributeValues={":crl": {"S": "crl#"}},
        )


def _check_size(operations: list[Item]) -> None:
    if len(operations) > MAX_TRANSACTION:
        raise EditError(
            f"A change of a client may write {MAX_TRANSACTION} items at most in a table: the "
            "client, its names and its revoked certificates."
        )


def items(registry: ClientRegistry) -> Iterator[Item]:
    """Every item of a registry."""
    for client in registry.clients:
        yield _client_item(client, 1)
        yield from _name_items(client)
    for thumbprint in registry.revoked_thumbprints:
        yield _revoked(Revocation(certificate=thumbprint))
    for number in registry.revoked_serial_numbers:
        yield _revoked(Revocation(certificate=number))


def _client_item(client: Client, revision: int) -> Item:
    document = {
        "description": client.description,
        "match": [
            {
                "kind": identity.kind,
                "value": identity.value,
                "issuer": identity.issuer.canonical() if identity.issuer else None,
            }
            for identity in client.match
        ],
        "pins": sorted(client.pins),
        "ratePlan": client.rate_plan,
        "scopes": sorted(client.scopes),
        "status": client.status,
    }
    return {
        "pk": {"S": client_key(client.id)},
        "revision": {"N": str(revision)},
        "document": {"S": json.dumps(document, sort_keys=True, separators=(",", ":"))},
    }


def _name_items(client: Client) -> Iterator[Item]:
    for identity in client.match:
        issuer = identity.issuer.canonical() if identity.issuer else None
        yield {
            "pk": {"S": name_key(identity.kind, identity.value, issuer)},
            "client": {"S": client.id},
            "name": {"S": identity.value},
        }


def _revoked(revocation: Revocation) -> Item:
    certificate = revocation.certificate
    reason: Item = {"reason": {"S": revocation.reason}} if revocation.reason else {}
    if isinstance(certificate, str):
        return {
            "pk": {"S": revoked_thumbprint_key(certificate)},
            "thumbprint": {"S": certificate},
        } | reason
    issuer = certificate.issuer.canonical()
    return {
        "pk": {"S": revoked_key(issuer, certificate.serial_number)},
        "issuer": {"S": issuer},
        "serialNumber": {"S": certificate.serial_number},
    } | reason


def _client(client_id: str, item: Mapping[str, Any]) -> Client:
    try:
        document = json.loads(_text(item, "document"))
        return Client(
            id=client_id,
            description=document["description"],
            match=tuple(_identity(match) for match in document["match"]),
            pins=tuple(document["pins"]),
            scopes=tuple(document["scopes"]),
            status=ClientStatus(document["status"]),
            rate_plan=document["ratePlan"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise TableError(
            f"The item client#{client_id} is malformed ({type(error).__name__}: {error}). Correct "
            "or delete it in the table; the authorizer refuses its certificates until then."
        ) from error


def _identity(match: Mapping[str, Any]) -> Identity:
    issuer = match["issuer"]
    return Identity(
        kind=IdentityKind(match["kind"]),
        value=match["value"],
        issuer=None if issuer is None else _distinguished_name(issuer),
    )


def _distinguished_name(canonical: str) -> DistinguishedName:
    pairs: Iterable[tuple[str, str]] = json.loads(canonical)
    return DistinguishedName.of((oid, value) for oid, value in pairs)


def _serial_number(item: Mapping[str, Any]) -> RevokedSerialNumber:
    try:
        issuer = _distinguished_name(_text(item, "issuer"))
    except (ValueError, TypeError) as error:
        raise TableError(
            f"The item {_text(item, 'pk')} is malformed ({type(error).__name__}: {error}). "
            "Revoke the certificate again and delete the item."
        ) from error
    return RevokedSerialNumber(issuer=issuer, serial_number=_text(item, "serialNumber"))


def _text(item: Mapping[str, Any], name: str) -> str:
    try:
        return str(item[name]["S"])
    except (KeyError, TypeError) as error:
        raise TableError(f"An item must have a string {name}, but has: {sorted(item)}.") from error
