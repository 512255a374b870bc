"""Reads the registry from a DynamoDB table, where a change takes effect without a deploy.

What was read about a certificate is used for ``registry_cache_seconds`` and no longer: where the
table is out of reach by then, the call fails. Items, by partition key (docs/authorizer.md lists
their members; ``portcullis.registry.table_store`` writes them):

- ``client#ID``: the client as JSON; only this item says what a client may do;
- ``name#HASH`` of a name and perhaps its issuer: the id of the client to read;
- ``revoked#HASH`` of a certificate, or of an issuer and a serial number;
- ``renewed#THUMBPRINT``: a certificate that its client renewed itself, and the pin that it stands
  for (`portcullis.renewal.table` writes it);
- ``crl#HASH`` of an issuer: facts of its revocation list, and its generation;
- ``crl#revoked#HASH`` of an issuer: it has revoked keys; those that still count;
- ``crl#HASH#GENERATION#BUCKET``: entries of that list (`authorizer.revocations`). All buckets of a
  generation are written before the issuer's item names it.

Source: DynamoDB API Reference, BatchGetItem.
"""

import base64
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from authorizer.cache import BoundedCache
from authorizer.certificate import ClientCertificate
from authorizer.config import Config, ConfigurationError, RevocationListSource
from authorizer.endpoint import endpoint
from authorizer.issuer_keys import IssuerKeys, KeyStatus
from authorizer.item_keys import (
    client_key,
    crl_bucket_key,
    crl_key,
    name_key,
    renewed_key,
    revoked_issuer_key,
    revoked_key,
    revoked_thumbprint_key,
)
from authorizer.reasons import FailedError, Reason
from authorizer.registry import FORMAT_VERSION, Excerpt, PackagedRegistry, RegistrationStatus
from authorizer.revocations import (
    ENTRY_BYTES,
    Listing,
    RevocationList,
    bucket_of,
    entry_of,
    holds,
    unknown,
)

if TYPE_CHECKING:
    from authorizer.aws_json import AwsJsonClient

NEGATIVE_SECONDS = 5  # a client that was just added or reactivated waits no longer than this
MAX_KEYS = 100  # DynamoDB API Reference, BatchGetItem

Item = Mapping[str, Any]


class _Remembered(NamedTuple):
    """What was read about one certificate."""

    registry: PackagedRegistry
    listing: Listing | None
    read_at: float  # seconds since the epoch
    good_until: float


class TableRegistry:
    """Reads what concerns one certificate with at most two consistent BatchGetItem calls."""

    def __init__(self, config: Config, environment: Mapping[str, str]) -> None:
        address = endpoint(
            "dynamodb",
            region=config.registry_region,
            partition=config.partition,
            environment=environment,
        )
        if address is None or config.registry_table is None:
            raise ConfigurationError(
                f"DynamoDB's address in partition {config.partition!r} is unknown. "
                "Set AWS_ENDPOINT_URL_DYNAMODB."
            )
        self._table = config.registry_table
        self._region = config.registry_region
        self._cache_seconds = config.registry_cache_seconds
        self._endpoint = address
        self._environment = environment
        self._client: AwsJsonClient | None = None
        self._has_lists = config.revocation_lists is RevocationListSource.TABLE
        self._remembered: BoundedCache[str, _Remembered] = BoundedCache(1024)

    def prepare(self) -> None:
        self._prepared()

    def excerpt(self, certificate: ClientCertificate, *, now: float, deadline: float) -> Excerpt:
        """What the table says about this certificate, or said within the cache time.

        Raises:
            FailedError: ``registry_failed``; the caller gets a 500.
        """
        known = self._remembered.get(certificate.thumbprint)
        # After the clock was set back, the age of what was read is unknown.
        if known is not None and known.read_at <= now < known.good_until:
            return Excerpt(known.registry, known.good_until, is_reused=True, listing=known.listing)
        document, listing = self._read(certificate, deadline)
        seconds = self._cache_seconds
        if (self._has_lists and not _is_good(listing, now)) or not _lets_pass(document):
            seconds = min(seconds, NEGATIVE_SECONDS)
        read = _Remembered(PackagedRegistry(document), listing, now, now + seconds)
        self._remembered.put(certificate.thumbprint, read)
        return Excerpt(read.registry, read.good_until, is_reused=False, listing=listing)

    def _read(
        self, certificate: ClientCertificate, deadline: float
    ) -> tuple[dict[str, Any], Listing | None]:
        thumbprints = {
            revoked_thumbprint_key(t): t
            for t in (certificate.thumbprint, certificate.twin, *certificate.origins)
            if t
        }
        by_serial_number = revoked_key(certificate.issuer, certificate.serial_number)
        by_renewal = renewed_key(certificate.thumbprint)
        keys = [*thumbprints, by_serial_number, *_name_keys(certificate)]
        if certificate.origins:
            keys.append(by_renewal)
        by_issuer = crl_key(certificate.issuer)
        by_revoked_issuer = revoked_issuer_key(certificate.issuer)
        if self._has_lists:
            keys += [by_issuer, by_revoked_issuer]
        found = self._items(keys, deadline)
        ids = sorted({_text(item, "client") for key, item in found.items() if key[:5] == "name#"})
        keys = [client_key(client_id) for client_id in ids]
        crl = _Crl.of(found[by_issuer], certificate) if by_issuer in found else None
        if crl is not None:
            keys.append(crl.bucket_key)
        items = self._items(keys, deadline)
        is_listed = crl is not None and crl.holds(items.pop(crl.bucket_key, {}))
        issuer_key = _issuer_key(crl, found.get(by_revoked_issuer), certificate)
        listing = None
        if crl is not None or issuer_key is KeyStatus.REVOKED:
            listing = Listing(None if crl is None else crl.crl, is_listed, issuer_key)
        document: dict[str, Any] = {
            "version": FORMAT_VERSION,
            "clients": {},
            "identities": {"sanUri": {}, "sanDns": {}, "subject": {}},
            "revoked": {
                "thumbprints": {t: 1 for key, t in thumbprints.items() if key in found},
                "serialNumbers": {certificate.issuer: {certificate.serial_number: 1}}
                if by_serial_number in found
                else {},
            },
        }
        for key, item in items.items():
            _add(document, key.removeprefix("client#"), item)
        if by_renewal in found:
            _add_pin(document, certificate.thumbprint, found[by_renewal])
        return document, listing

    def _items(self, keys: list[str], deadline: float) -> dict[str, Item]:
        """The items that exist among these keys, by key."""
        from authorizer.aws_json import AwsCallError  # noqa: PLC0415 - see authorizer.kms

        client = self._prepared()
        found: dict[str, Item] = {}
        waiting = list(dict.fromkeys(keys))
        try:
            while waiting:
                asked, waiting = waiting[:MAX_KEYS], waiting[MAX_KEYS:]
                answer = client.call(
                    "DynamoDB_20120810.BatchGetItem",
                    {
                        "RequestItems": {
                            self._table: {
                                "Keys": [{"pk": {"S": key}} for key in asked],
                                "ConsistentRead": True,
                            }
                        }
                    },
                    deadline=deadline,
                )
                for item in answer["Responses"][self._table]:
                    key = _text(item, "pk")
                    if key not in asked:
                        raise FailedError(Reason.REGISTRY_FAILED, "dynamodb answered another key")
                    found[key] = item
                put_off = answer.get("UnprocessedKeys") or {self._table: {"Keys": []}}
                waiting += [_text(key, "pk") for key in put_off[self._table]["Keys"]]
        except AwsCallError as error:
            raise FailedError(Reason.REGISTRY_FAILED, str(error)) from error
        except (KeyError, TypeError, AttributeError) as error:
            raise FailedError(
                Reason.REGISTRY_FAILED, f"dynamodb's answer is malformed: {type(error).__name__}"
            ) from error
        return found

    def _prepared(self) -> "AwsJsonClient":
        from authorizer.aws_json import AwsJsonClient  # noqa: PLC0415 - see authorizer.kms

        if self._client is None:
            self._client = AwsJsonClient(
                service="dynamodb",
                region=self._region,
                endpoint=self._endpoint,
                environment=self._environment,
                json_version="1.0",
            )
        return self._client


class _Crl(NamedTuple):
    """The list of a certificate's issuer, and the bucket that would hold the certificate."""

    crl: RevocationList
    entry: bytes
    bucket_key: str
    keys: IssuerKeys

    @classmethod
    def of(cls, item: Item, certificate: ClientCertificate) -> Self:
        """Raises FailedError, ``revocation_unknown``, for a malformed item."""
        try:
            crl = RevocationList(
                number=int(item["number"]["S"], 16),
                this_update=float(item["thisUpdate"]["N"]),
                next_update=float(item["nextUpdate"]["N"]),
            )
            buckets = int(item["buckets"]["N"])
            generation = item["generation"]["S"]
            keys = _keys_of(item, has_revoked=False)
        except (KeyError, TypeError, ValueError) as error:
            raise unknown(f"a list's item is malformed: {type(error).__name__}") from error
        # A list whose date is NaN would never be overdue.
        if not crl.this_update <= crl.next_update < math.inf or buckets < 1:
            raise unknown("a list's item is malformed")
        entry = entry_of(certificate.issuer, certificate.serial_number)
        key = crl_bucket_key(certificate.issuer, generation, bucket_of(entry, buckets))
        return cls(crl, entry, key, keys)

    def holds(self, item: Item) -> bool:
        """Whether the bucket has the certificate.

        Raises FailedError, ``revocation_unknown``, where the bucket is missing or malformed.
        """
        try:
            bucket = base64.b64decode(item["entries"]["B"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise unknown(f"a bucket of a list is malformed: {type(error).__name__}") from error
        if len(bucket) % ENTRY_BYTES:
            raise unknown("a bucket of a list is malformed")
        return holds(bucket, self.entry)


def _issuer_key(
    crl: _Crl | None, revoked_issuer: Item | None, certificate: ClientCertificate
) -> KeyStatus:
    """The status of the key that signed the certificate; both items have to accept it."""
    if revoked_issuer is not None:
        try:
            keys = _keys_of(revoked_issuer, has_revoked=True)
        except (KeyError, TypeError, ValueError) as error:
            raise unknown(
                f"a revoked issuer's item is malformed: {type(error).__name__}"
            ) from error
        if keys.status(certificate.der) is not KeyStatus.ACCEPTED:
            return KeyStatus.REVOKED
    return KeyStatus.UNKNOWN if crl is None else crl.keys.status(certificate.der)


def _keys_of(item: Item, *, has_revoked: bool) -> IssuerKeys:
    return IssuerKeys.decoded(json.loads(item["keys"]["S"]), has_revoked=has_revoked)


def _name_keys(certificate: ClientCertificate) -> Iterator[str]:
    names = [("sanUri", uri) for uri in certificate.uris]
    names += [("sanDns", dns_name) for dns_name in certificate.dns_names]
    for kind, value in names:
        yield name_key(kind, value, None)
        yield name_key(kind, value, certificate.issuer)
    yield name_key("subject", certificate.subject, certificate.issuer)


def _add(document: dict[str, Any], client_id: str, item: Item) -> None:
    """Adds a client and the names of its own item; a name's item may be out of date."""
    try:
        client = json.loads(_text(item, "document"))
        document["clients"][client_id] = client
        for match in client["match"]:
            document["identities"][match["kind"]].setdefault(match["value"], []).append(
                {"client": client_id, "issuer": match["issuer"]}
            )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FailedError(
            Reason.REGISTRY_FAILED, f"a client's item is malformed: {type(error).__name__}"
        ) from error


def _add_pin(document: dict[str, Any], thumbprint: str, item: Item) -> None:
    """Pins a renewed certificate as long as the one that it stands for is pinned."""
    client = document["clients"].get(_text(item, "client"))
    if client is not None and _text(item, "pin") in client.get("pins", ()):
        client["pins"] = [*client["pins"], thumbprint]


def _is_good(listing: Listing | None, now: float) -> bool:
    """Whether the lists do not revoke it and its issuer's is not overdue."""
    return (
        listing is not None
        and listing.crl is not None
        and not listing.is_revoked
        and listing.issuer_key is KeyStatus.ACCEPTED
        and now < listing.crl.next_update
    )


def _lets_pass(document: Mapping[str, Any]) -> bool:
    """Whether it may lead to an Allow; a refusal is remembered for less time."""
    revoked = document["revoked"]
    clients: Iterable[Any] = document["clients"].values()
    is_revoked = revoked["thumbprints"] or revoked["serialNumbers"]
    return not is_revoked and any(c.get("status") == RegistrationStatus.ACTIVE for c in clients)


def _text(item: Item, name: str) -> str:
    try:
        text = item[name]["S"]
    except (KeyError, TypeError):
        text = None
    if not isinstance(text, str):
        raise FailedError(Reason.REGISTRY_FAILED, f"an item's {name} must be a string")
    return text
