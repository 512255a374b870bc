"""Writes revocation lists into the registry's table; one conditional write takes a list into use.

All entries of a list are written first, in buckets of some hundred, under a generation of their
own. One conditional write then makes the issuer's item name that generation. The list before stays
for a day, for readers that just read the issuer's item. Older buckets, and those of an interrupted
command, are deleted by a later import.

The form of the items: docs/authorizer.md. Source: DynamoDB API Reference, BatchWriteItem.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer.item_keys import crl_bucket_key, crl_key
from authorizer.revocations import ENTRY_BYTES, bucket_of
from portcullis.pki.identifiers import base64url
from portcullis.registry.dynamo_table import DynamoTable, Item, TableError
from portcullis.registry.revocation_lists.in_use import LeftoverError, ListInUse, entries_of
from portcullis.registry.revocation_lists.issuers import encoded_keys, truststore_issuers
from portcullis.registry.revocation_lists.revoked_in_table import RevokedIssuers
from portcullis.registry.revocation_lists.verified import Age, VerifiedCrl, check_newer

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ENTRIES_PER_BUCKET: Final = 256  # 2 KB: half of what one read unit covers
NUMBER_DIGITS: Final = 40  # RFC 5280 section 5.2.3: at most 20 octets
KEPT_SECONDS: Final = 86_400


@dataclass(frozen=True, kw_only=True)
class StoredCrl:
    """The facts in an issuer's item."""

    ages: Mapping[str, Age]  # by the id of each list
    next_update: datetime
    generation: str
    buckets: int
    keys: str  # the issuer's keys, as written


class CrlTable:
    """The lists of one table of the ``registry: dynamodb`` setting."""

    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        truststore: Iterable[x509.Certificate],
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._table = DynamoTable(client=client, name=name, sleep=sleep)
        self._truststore = tuple(truststore)
        self._revoked = RevokedIssuers(self._table, self._truststore)
        self._clock = clock
        self.name = name

    def read(self, issuer: str) -> StoredCrl | None:
        """The list of this issuer, named by its canonical text; None where there is none.

        Raises:
            TableError: out of reach, or the item is malformed.
        """
        item = self._table.read(crl_key(issuer))
        return None if item is None else _stored(item)

    def check_newer(self, crl: VerifiedCrl, *, retire: bool = False) -> StoredCrl | None:
        """The list of this issuer that is in use, where these may replace it.

        Raises:
            CrlError: one of them is older, or a key's list is gone; see `crl.check_newer`.
        """
        former = self.read(crl.issuer.canonical())
        if former is not None:
            ages = {(crl.issuer, key): age for key, age in former.ages.items()}
            check_newer(f"Table {self.name}", [crl], ages, retire=retire)
        return former

    def in_use(self) -> dict[str, ListInUse]:
        """The lists of the truststore's issuers that are in the table."""
        names = [i.name for i in truststore_issuers(self._truststore, revoked=())]
        stored = {name: self.read(name.canonical()) for name in names}
        return {
            name.canonical(): ListInUse(
                issuer=name,
                number=max((number for number, _ in crl.ages.values()), default=0),
                next_update=crl.next_update,
                entries=partial(self._entries, name.canonical(), crl),
            )
            for name, crl in stored.items()
            if crl is not None
        }

    def is_current(self, crl: VerifiedCrl) -> bool:
        """Whether an import of these lists would write nothing new."""
        former = self.read(crl.issuer.canonical())
        if former is None or (former.generation, former.keys) != (
            _generation(crl),
            self._keys_text(crl),
        ):
            return False
        revoked = self._revoked.plan(crl)
        return not revoked.put and not revoked.delete

    def replace(self, crl: VerifiedCrl, *, retire: bool = False) -> None:
        """Take an issuer's lists into use. With ``retire``, keys without a list are dropped.

        Raises:
            CrlError: one is older than the one in use, or a key's list is gone.
            ConflictError: another writer took another list into use in the meantime.
            LeftoverError: it is in use; buckets of older ones could not be deleted.
            TableError: out of reach; the list before is still in use.
        """
        former = self.check_newer(crl, retire=retire)
        issuer = crl.issuer.canonical()
        revoked = self._revoked.plan(crl)
        generation = _generation(crl)
        entries = sorted(entries_of(crl))
        buckets = max(1, len(entries) // ENTRIES_PER_BUCKET)
        self._table.put_all(self._bucket_items(issuer, generation, entries, buckets))
        self._revoked.add(revoked)
        self._name(
            {
                "pk": {"S": crl_key(issuer)},
                "issuer": {"S": issuer},
                "number": {"S": f"{crl.number:0{NUMBER_DIGITS}x}"},
                "thisUpdate": {"N": str(int(crl.this_update.timestamp()))},
                "nextUpdate": {"N": str(int(crl.next_update.timestamp()))},
                "generation": {"S": generation},
                "buckets": {"N": str(buckets)},
                "lists": {"S": _ages_text(crl)},
                "keys": {"S": self._keys_text(crl)},
            },
            former,
        )
        self._revoked.remove(revoked)
        kept = {generation} | ({former.generation} if former else set())
        try:
            self._forget(issuer, kept)
        except TableError as error:
            raise LeftoverError(
                f"The list is in use. Buckets of older ones could not be deleted: {error} The next "
                "import tries again."
            ) from error

    def _keys_text(self, crl: VerifiedCrl) -> str:
        """All keys of the issuer in the truststore; an item of its own says which are revoked."""
        issuers = truststore_issuers(self._truststore, revoked=())
        keys = next((i.accepted for i in issuers if i.name == crl.issuer), ())
        return json.dumps(encoded_keys(keys, crl))

    def _entries(self, issuer: str, crl: StoredCrl) -> frozenset[bytes]:
        keys = [crl_bucket_key(issuer, crl.generation, index) for index in range(crl.buckets)]
        items = self._table.read_all(keys)
        try:
            content = [item["entries"]["B"] for item in items]
        except (KeyError, TypeError) as error:
            raise TableError(f"A bucket of the list of {issuer} is malformed.") from error
        return frozenset(
            bucket[at : at + ENTRY_BYTES]
            for bucket in content
            for at in range(0, len(bucket), ENTRY_BYTES)
        )

    def _bucket_items(
        self, issuer: str, generation: str, entries: Iterable[bytes], buckets: int
    ) -> Iterator[Item]:
        """Every bucket, empty ones too: the authorizer denies where one is missing."""
        content = [bytearray() for _ in range(buckets)]
        for entry in entries:
            content[bucket_of(entry, buckets)] += entry
        written_at = str(int(self._clock()))
        for index, bucket in enumerate(content):
            yield {
                "pk": {"S": crl_bucket_key(issuer, generation, index)},
                "entries": {"B": bytes(bucket)},
                "writtenAt": {"N": written_at},
            }

    def _name(self, item: Item, former: StoredCrl | None) -> None:
        """Take the list into use, unless another writer did since the list in use was read."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if former is not None:
            condition = {
                "ConditionExpression": "generation = :former",
                "ExpressionAttributeValues": {":former": {"S": former.generation}},
            }
        with self._table.reported(
            conflict="another command imported a list of this issuer in the meantime; that one is "
            "in use. Run the command again."
        ):
            self._table.client.put_item(TableName=self.name, Item=item, **condition)

    def _forget(self, issuer: str, kept: set[str]) -> None:
        """Delete buckets that are no longer read. A recent one may belong to a running import."""
        old = int(self._clock()) - KEPT_SECONDS
        found = self._table.scan(
            FilterExpression="begins_with(pk, :list) AND writtenAt < :old",
            ExpressionAttributeValues={
                ":list": {"S": f"{crl_key(issuer)}#"},
                ":old": {"N": str(old)},
            },
            ProjectionExpression="pk",
        )
        keys = [item["pk"]["S"] for item in found]
        in_use = self.read(issuer)  # another command may have replaced it
        if in_use is not None:
            kept = kept | {in_use.generation}
        self._table.delete_all(key for key in keys if key.split("#")[2] not in kept)


def _generation(crl: VerifiedCrl) -> str:
    """Derived from the lists: an import that is repeated writes the same buckets."""
    content = b"".join(one.source.public_bytes(Encoding.DER) for one in crl.lists)
    # Another bucket size makes another generation: a reader must look in the right bucket.
    digest = hashlib.sha256(b"%d\0" % ENTRIES_PER_BUCKET + content).digest()
    return base64url(digest[:15])


def _ages_text(crl: VerifiedCrl) -> str:
    ages = {one.id: [f"{one.number:x}", int(one.this_update.timestamp())] for one in crl.lists}
    return json.dumps(ages, sort_keys=True, separators=(",", ":"))


def _stored(item: Mapping[str, Any]) -> StoredCrl:
    try:
        ages = {
            str(key): (int(number, 16), datetime.fromtimestamp(this_update, UTC))
            for key, (number, this_update) in json.loads(item["lists"]["S"]).items()
        }
        return StoredCrl(
            ages=ages,
            next_update=datetime.fromtimestamp(int(item["nextUpdate"]["N"]), UTC),
            generation=item["generation"]["S"],
            buckets=int(item["buckets"]["N"]),
            keys=item["keys"]["S"],
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise TableError(
            f"The item {item.get('pk')} is malformed ({type(error).__name__}: {error}). "
            "Delete it in the table and import the list again; the authorizer refuses its issuer's "
            "certificates until then."
        ) from error
