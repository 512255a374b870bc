"""Writes the items of revoked issuers into the registry's table.

An issuer with a revoked key has an item with its keys that still count and the entries of the lists
that revoked the others. It is written before such a list is taken into use, and deleted after one
that no longer has the entry. It stays where the CA leaves the truststore: a client could still send
the CA's certificate in the handshake.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509

from authorizer.item_keys import REVOKED_ISSUERS, revoked_issuer_key
from portcullis.registry.dynamo_table import DynamoTable, Item, TableError
from portcullis.registry.model import DistinguishedName, RevokedSerialNumber
from portcullis.registry.revocation_lists.issuers import (
    TruststoreIssuer,
    encoded_keys,
    revoked_in,
    revoked_serial_number,
    truststore_issuers,
)
from portcullis.registry.revocation_lists.verified import VerifiedCrl

_CONFLICT: Final = "another command imported a list in the meantime. Run the command again."


@dataclass(frozen=True, kw_only=True)
class RevokedIssuersPlan:
    """The items to put before, and the keys of those to delete after, a list is taken into use."""

    put: tuple[Item, ...]
    delete: tuple[str, ...]
    former: Mapping[str, Item]  # by key


class RevokedIssuers:
    """The items of one table."""

    def __init__(self, table: DynamoTable, truststore: tuple[x509.Certificate, ...]) -> None:
        self._table = table
        self._truststore = truststore

    def plan(self, crl: VerifiedCrl) -> RevokedIssuersPlan:
        """The items that this list of one issuer changes.

        Raises:
            TableError: out of reach, or an item is malformed.
        """
        former = {item["pk"]["S"]: item for item in self._scan()}
        recorded = {entry for item in former.values() for entry in _because(item)}
        revoked = _still_revoked(recorded, crl)
        revoked |= {revoked_serial_number(ca) for ca in revoked_in([crl], self._truststore)}
        issuers = truststore_issuers(self._truststore, revoked)
        wanted = {
            revoked_issuer_key(issuer.name.canonical()): _item(issuer)
            for issuer in issuers
            if issuer.revoked
        }
        known = {revoked_issuer_key(issuer.name.canonical()) for issuer in issuers}
        return RevokedIssuersPlan(
            put=tuple(item for key, item in wanted.items() if former.get(key) != item),
            delete=tuple(
                key
                for key, item in former.items()
                if key not in wanted and (key in known or not revoked.intersection(_because(item)))
            ),
            former=former,
        )

    def add(self, plan: RevokedIssuersPlan) -> None:
        """Raises ConflictError where another command changed an item since the plan was made."""
        for item in plan.put:
            condition = _condition(plan.former.get(item["pk"]["S"]))
            with self._table.reported(_CONFLICT):
                self._table.client.put_item(TableName=self._table.name, Item=item, **condition)

    def remove(self, plan: RevokedIssuersPlan) -> None:
        """Raises ConflictError where another command changed an item since the plan was made."""
        for key in plan.delete:
            condition = _condition(plan.former[key])
            with self._table.reported(_CONFLICT):
                self._table.client.delete_item(
                    TableName=self._table.name, Key={"pk": {"S": key}}, **condition
                )

    def _scan(self) -> Iterator[Item]:
        return self._table.scan(
            ConsistentRead=True,
            FilterExpression="begins_with(pk, :revoked)",
            ExpressionAttributeValues={":revoked": {"S": REVOKED_ISSUERS}},
        )


def _still_revoked(
    recorded: set[RevokedSerialNumber], crl: VerifiedCrl
) -> set[RevokedSerialNumber]:
    """The entries of other issuers' lists, and those that this list has too."""
    of_this = {entry for entry in recorded if entry.issuer == crl.issuer}
    if not of_this:
        return recorded  # reading a million entries takes a second
    serial_numbers = set(crl.serial_numbers())
    gone = {entry for entry in of_this if entry.serial_number not in serial_numbers}
    return recorded - gone


def _condition(former: Item | None) -> dict[str, Any]:
    if former is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "because = :former AND #keys = :keys",
        "ExpressionAttributeNames": {"#keys": "keys"},
        "ExpressionAttributeValues": {":former": former["because"], ":keys": former["keys"]},
    }


def _item(issuer: TruststoreIssuer) -> Item:
    because = [[entry.issuer.canonical(), entry.serial_number] for entry in issuer.because]
    return {
        "pk": {"S": revoked_issuer_key(issuer.name.canonical())},
        "issuer": {"S": issuer.name.canonical()},
        "keys": {"S": json.dumps(encoded_keys(issuer.accepted))},
        "because": {"S": json.dumps(because)},
    }


def _because(item: Item) -> set[RevokedSerialNumber]:
    try:
        return {
            RevokedSerialNumber(
                issuer=DistinguishedName.of((oid, value) for oid, value in json.loads(issuer)),
                serial_number=serial_number,
            )
            for issuer, serial_number in json.loads(item["because"]["S"])
        }
    except (KeyError, TypeError, ValueError) as error:
        raise TableError(
            f"The item {item.get('pk')} is malformed ({type(error).__name__}: {error}). Delete it "
            "in the table and import the lists of the CAs again; the authorizer refuses its "
            "issuer's certificates until then."
        ) from error
