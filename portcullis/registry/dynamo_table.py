"""One DynamoDB table: reads and writes items, in batches with retries, and words its errors.

Source: DynamoDB API Reference, GetItem, Scan, BatchWriteItem, BatchGetItem.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import botocore.exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from portcullis.errors import PortcullisError
from portcullis.registry.store import ConflictError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MAX_BATCH: Final = 25
MAX_READ_BATCH: Final = 100
MAX_PAUSES: Final = 10  # each up to twice as long as the one before, from a tenth of a second
_DENIED: Final = frozenset(
    {"AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"}
)
_CONFLICTS: Final = frozenset(
    {
        "ConditionalCheckFailedException",
        "TransactionCanceledException",
        "TransactionConflictException",
    }
)

Item = dict[str, Any]


class TableError(PortcullisError):
    """The table did not answer, or an item in it is malformed."""


@dataclass(frozen=True, kw_only=True)
class DynamoTable:
    """Every method raises TableError where the table is out of reach."""

    client: "DynamoDBClient"
    name: str
    sleep: Callable[[float], None] = time.sleep

    def read(self, key: str) -> Item | None:
        """The item of this partition key, by a consistent read."""
        with self.reported():
            answer = self.client.get_item(
                TableName=self.name, Key={"pk": {"S": key}}, ConsistentRead=True
            )
        return answer.get("Item")

    def scan(self, **asked: Any) -> Iterator[Item]:
        """The items that a scan with these members of its request finds."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.name, **asked)
        with self.reported():
            for page in pages:
                yield from page["Items"]

    def read_all(self, keys: Sequence[str]) -> list[Item]:
        """The items of these partition keys; one that does not exist is left out.

        What DynamoDB leaves unprocessed is repeated after a pause, MAX_PAUSES times.
        """
        items: list[Item] = []
        waiting = [{"pk": {"S": key}} for key in keys]
        pauses = 0
        while waiting:
            asked, waiting = waiting[:MAX_READ_BATCH], waiting[MAX_READ_BATCH:]
            with self.reported():
                answer = self.client.batch_get_item(RequestItems={self.name: {"Keys": asked}})
            items += answer["Responses"].get(self.name, [])
            unprocessed = answer.get("UnprocessedKeys", {}).get(self.name)
            put_off: list[Any] = [] if unprocessed is None else list(unprocessed["Keys"])
            pauses = self._pause(pauses) if put_off else 0
            waiting += put_off
        return items

    def put_all(self, items: Iterable[Item]) -> None:
        self._write_all({"PutRequest": {"Item": item}} for item in items)

    def delete_all(self, keys: Iterable[str]) -> None:
        self._write_all({"DeleteRequest": {"Key": {"pk": {"S": key}}}} for key in keys)

    @contextmanager
    def reported(self, conflict: str = "") -> Iterator[None]:
        """Turn the errors of boto3 into those for people.

        Raises:
            ConflictError: with the text ``conflict``; a condition of the write was not met.
            TableError: anything else.
        """
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            if conflict and _code(error) in _CONFLICTS:
                raise ConflictError(f"Table {self.name}: {conflict}") from error
            raise self._failed(error) from error

    def _write_all(self, requests: Iterable[Any]) -> None:
        waiting = list(requests)
        pauses = 0
        while waiting:
            asked, waiting = waiting[:MAX_BATCH], waiting[MAX_BATCH:]
            with self.reported():
                answer = self.client.batch_write_item(RequestItems={self.name: asked})
            put_off: list[Any] = answer.get("UnprocessedItems", {}).get(self.name, [])
            pauses = self._pause(pauses) if put_off else 0
            waiting += put_off

    def _pause(self, pauses: int) -> int:
        """Wait longer each time; returns the number of pauses so far."""
        if pauses == MAX_PAUSES:
            raise TableError(f"Table {self.name} is throttling this command. Run it again.")
        self.sleep(random.uniform(0.5, 1) * 0.1 * 2**pauses)  # noqa: S311 - not a secret
        return pauses + 1

    def _failed(self, error: Exception) -> TableError:
        """The error of boto3 in its own words, and the next step."""
        where = f"{self.client.meta.region_name}, {self.client.meta.endpoint_url}"
        code = _code(error)
        if code == "ResourceNotFoundException":
            return TableError(
                f"There is no table {self.name} in {where}. A stack whose registry is dynamodb has "
                "portcullis-STACK-registry, in its own region: set AWS_REGION."
            )
        if code in _DENIED:
            step = "These credentials may not do that; the role of the operators needs the table."
        elif isinstance(error, NoCredentialsError | PartialCredentialsError):
            step = "Set credentials as for `aws`."
        elif isinstance(error, botocore.exceptions.ConnectionError | HTTPClientError):
            step = "No answer: check the network, the region, AWS_ENDPOINT_URL_DYNAMODB."
        else:
            step = "Run the command again; if that does not help, ask the operator of the table."
        return TableError(f"Table {self.name} in {where}: {str(error).rstrip('.')}. {step}")


def _code(error: Exception) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
