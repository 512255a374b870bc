"""Writes to and reads from a DynamoDB table in batches, with retries; words its errors.

Source: DynamoDB API Reference, BatchWriteItem, BatchGetItem.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
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

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MAX_BATCH: Final = 25
MAX_READ_BATCH: Final = 100
MAX_PAUSES: Final = 10  # each up to twice as long as the one before, from a tenth of a second
_DENIED: Final = frozenset(
    {"AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"}
)


class TableError(PortcullisError):
    """The table did not answer, or an item in it is malformed."""


def write_all(
    client: "DynamoDBClient",
    table: str,
    requests: Iterable[dict[str, Any]],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Make every write; those that DynamoDB leaves unprocessed are repeated after a pause.

    Raises:
        TableError: out of reach, or writes stay unprocessed after MAX_PAUSES pauses.
    """
    waiting = list(requests)
    pauses = 0
    while waiting:
        asked, waiting = waiting[:MAX_BATCH], waiting[MAX_BATCH:]
        try:
            answer = client.batch_write_item(RequestItems={table: asked})  # type: ignore[dict-item]
        except (ClientError, BotoCoreError) as error:
            raise failed(client, table, error) from error
        put_off: list[Any] = answer.get("UnprocessedItems", {}).get(table, [])
        pauses = _pause(table, pauses, sleep) if put_off else 0
        waiting += put_off


def read_all(
    client: "DynamoDBClient",
    table: str,
    keys: Sequence[str],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> list[dict[str, Any]]:
    """The items of these partition keys; one that does not exist is left out.

    Raises:
        TableError: out of reach, or reads stay unprocessed after MAX_PAUSES pauses.
    """
    items: list[dict[str, Any]] = []
    waiting = [{"pk": {"S": key}} for key in keys]
    pauses = 0
    while waiting:
        asked, waiting = waiting[:MAX_READ_BATCH], waiting[MAX_READ_BATCH:]
        try:
            answer = client.batch_get_item(RequestItems={table: {"Keys": asked}})
        except (ClientError, BotoCoreError) as error:
            raise failed(client, table, error) from error
        items += answer["Responses"].get(table, [])
        unprocessed = answer.get("UnprocessedKeys", {}).get(table)
        put_off: list[Any] = [] if unprocessed is None else list(unprocessed["Keys"])
        pauses = _pause(table, pauses, sleep) if put_off else 0
        waiting += put_off
    return items


def _pause(table: str, pauses: int, sleep: Callable[[float], None]) -> int:
    """Wait longer each time; returns the number of pauses so far."""
    if pauses == MAX_PAUSES:
        raise TableError(f"Table {table} is throttling this command. Run it again.")
    sleep(random.uniform(0.5, 1) * 0.1 * 2**pauses)  # noqa: S311 - not a secret
    return pauses + 1


def failed(client: "DynamoDBClient", table: str, error: Exception) -> TableError:
    """The error of boto3 in its own words, and the next step."""
    where = f"{client.meta.region_name}, {client.meta.endpoint_url}"
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    if code == "ResourceNotFoundException":
        return TableError(
            f"There is no table {table} in {where}. A stack whose registry is dynamodb has "
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
    return TableError(f"Table {table} in {where}: {str(error).rstrip('.')}. {step}")
