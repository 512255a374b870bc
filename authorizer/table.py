"""The registry in DynamoDB: onboarding, suspending and revoking take effect without a deploy.

A certificate's answer is remembered for ``registry_cache_seconds`` and never used a moment longer:
where the table is out of reach by then, the call fails. Items, by partition key (docs/authorizer.md
tells their members; ``portcullis.registry.table`` writes them):

- ``client#ID``: the client as JSON, the only place that says what a client may do;
- ``name#HASH`` of a name and perhaps its issuer: which client to look at;
- ``revoked#HASH`` of a certificate, or of an issuer and a serial number.

Source: DynamoDB API Reference, BatchGetItem.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from authorizer.cache import BoundedCache
from authorizer.certificate import ClientCertificate
from authorizer.config import Config, ConfigurationError
from authorizer.endpoint import endpoint
from authorizer.reasons import FailedError, Reason
from authorizer.registry import FORMAT_VERSION, ClientStatus, Excerpt, PackagedRegistry

if TYPE_CHECKING:
    from authorizer.aws_json import AwsJsonClient

NEGATIVE_SECONDS = 5  # a client that was just added or reactivated waits no longer than this
MAX_KEYS = 100  # DynamoDB API Reference, BatchGetItem

Item = Mapping[str, Any]


class TableRegistry:
    """Reads what concerns one certificate, consistently, in at most two questions."""

    def __init__(self, config: Config, environment: Mapping[str, str]) -> None:
        address = endpoint(
            "dynamodb",
            region=config.registry_region,
            partition=config.partition,
            environment=environment,
        )
        if address is None or config.registry_table is None:
            raise ConfigurationError(
                f"DynamoDB's address in partition {config.partition!r} is not known here. "
                "Set AWS_ENDPOINT_URL_DYNAMODB."
            )
        self._table = config.registry_table
        self._region = config.registry_region
        self._cache_seconds = config.registry_cache_seconds
        self._endpoint = address
        self._environment = environment
        self._client: AwsJsonClient | None = None
        self._excerpts: BoundedCache[str, tuple[PackagedRegistry, float, float]] = BoundedCache(
            1024
        )

    def prepare(self) -> None:
        self._prepared()

    def excerpt(self, certificate: ClientCertificate, *, now: float, deadline: float) -> Excerpt:
        """What the table says about this certificate, or said less than its time ago.

        Raises:
            FailedError: ``registry_failed``; the caller gets a 500.
        """
        known = self._excerpts.get(certificate.thumbprint)
        if known is not None:
            registry, read_at, good_until = known
            if read_at <= now < good_until:  # a clock that was set back says nothing
                return Excerpt(registry, good_until, is_reused=True)
        document = self._document(certificate, deadline)
        seconds = self._cache_seconds
        if not _lets_pass(document):
            seconds = min(seconds, NEGATIVE_SECONDS)
        registry = PackagedRegistry(document)
        self._excerpts.put(certificate.thumbprint, (registry, now, now + seconds))
        return Excerpt(registry, now + seconds, is_reused=False)

    def _document(self, certificate: ClientCertificate, deadline: float) -> dict[str, Any]:
        by_thumbprint = f"revoked#{certificate.thumbprint}"
        by_serial_number = revoked_key(certificate.issuer, certificate.serial_number)
        found = self._items([by_thumbprint, by_serial_number, *_name_keys(certificate)], deadline)
        ids = sorted({_text(item, "client") for key, item in found.items() if key[:5] == "name#"})
        clients = self._items([f"client#{client_id}" for client_id in ids], deadline)
        document: dict[str, Any] = {
            "version": FORMAT_VERSION,
            "clients": {},
            "identities": {"sanUri": {}, "sanDns": {}, "subject": {}},
            "revoked": {
                "thumbprints": {certificate.thumbprint: 1} if by_thumbprint in found else {},
                "serialNumbers": {certificate.issuer: {certificate.serial_number: 1}}
                if by_serial_number in found
                else {},
            },
        }
        for key, item in clients.items():
            _add(document, key.removeprefix("client#"), item)
        return document

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
                Reason.REGISTRY_FAILED, f"dynamodb's answer is odd: {type(error).__name__}"
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


def name_key(kind: str, value: str, issuer: str | None) -> str:
    """The item that leads from a name to its client; an issuer is its canonical text."""
    return f"name#{_hash(kind, value, '*' if issuer is None else issuer)}"


def revoked_key(issuer: str, serial_number: str) -> str:
    return f"revoked#{_hash(issuer, serial_number)}"


def _hash(*parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _name_keys(certificate: ClientCertificate) -> Iterator[str]:
    names = [("sanUri", uri) for uri in certificate.uris]
    names += [("sanDns", dns_name) for dns_name in certificate.dns_names]
    for kind, value in names:
        yield name_key(kind, value, None)
        yield name_key(kind, value, certificate.issuer)
    yield name_key("subject", certificate.subject, certificate.issuer)


def _add(document: dict[str, Any], client_id: str, item: Item) -> None:
    """A client and all its names: a name's own item is only a signpost, and may be out of date."""
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


def _lets_pass(document: Mapping[str, Any]) -> bool:
    """Whether there is anything in it that a refusal would not want to forget soon."""
    revoked = document["revoked"]
    clients: Iterable[Any] = document["clients"].values()
    is_revoked = revoked["thumbprints"] or revoked["serialNumbers"]
    return not is_revoked and any(c.get("status") == ClientStatus.ACTIVE for c in clients)


def _text(item: Item, name: str) -> str:
    try:
        text = item[name]["S"]
    except (KeyError, TypeError):
        text = None
    if not isinstance(text, str):
        raise FailedError(Reason.REGISTRY_FAILED, f"an item's {name} is no text")
    return text
