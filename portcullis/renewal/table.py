"""What the function writes into the registry's table: a client's count, and successors of pins.

Its role may write items with these two kinds of keys only, so it can neither change what a client
may do nor undo a revocation. Source: DynamoDB API Reference, UpdateItem.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from authorizer.aws_json import AwsCallError, AwsJsonClient
from authorizer.config import Config, ConfigurationError
from authorizer.endpoint import endpoint
from authorizer.item_keys import renewals_key, renewed_key

BUDGET_SECONDS: Final = 3.0
# A day is over everywhere after two; a successor's item may go once it has expired anywhere.
KEPT_SECONDS: Final = 2 * 86_400
EXPIRES: Final = "expires"  # the table's time-to-live attribute
_CONDITION_FAILED: Final = "ConditionalCheckFailedException"


class RenewalTable:
    """The registry's table, for two kinds of items."""

    def __init__(self, config: Config, environment: Mapping[str, str]) -> None:
        address = endpoint(
            "dynamodb",
            region=config.registry_region,
            partition=config.partition,
            environment=environment,
        )
        if address is None or config.registry_table is None:
            raise ConfigurationError(
                "DynamoDB's address is unknown. Set AWS_ENDPOINT_URL_DYNAMODB."
            )
        self._table = config.registry_table
        self._client = AwsJsonClient(
            service="dynamodb",
            region=config.registry_region,
            endpoint=address,
            environment=environment,
            json_version="1.0",
        )

    def count(self, client_id: str, most: int, *, now: float) -> bool:
        """Whether this renewal is within the client's day; counted if so.

        Without an item it is the client's first. An item that is not as written here denies.

        Raises:
            AwsCallError: the table did not answer.
        """
        day = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"
        values = {":day": {"S": day}, ":one": {"N": "1"}, ":expires": _at(now + KEPT_SECONDS)}
        key = renewals_key(client_id)
        names = {"#day": "day", "#count": "count"}

        def is_further() -> bool:
            return self._update(
                key,
                "SET #count = #count + :one, expires = :expires",
                values | {":most": {"N": str(most)}},
                names,
                "#day = :day AND #count >= :one AND #count < :most",
            )

        def is_first() -> bool:
            return self._update(
                key,
                "SET #day = :day, #count = :one, expires = :expires",
                values,
                names,
                "attribute_not_exists(pk) OR #day < :day",
            )

        # Another call may have been the first of the day meanwhile.
        return is_further() or is_first() or is_further()

    def pin_of(self, thumbprint: str) -> str:
        """The pin that a certificate stands for: itself, or the one that its line began with.

        Raises:
            AwsCallError: the table did not answer.
        """
        answer = self._call(
            "GetItem",
            {
                "TableName": self._table,
                "Key": {"pk": {"S": renewed_key(thumbprint)}},
                "ConsistentRead": True,
            },
        )
        pin = answer.get("Item", {}).get("pin", {}).get("S")
        return pin if isinstance(pin, str) else thumbprint

    def register(self, thumbprint: str, client_id: str, pin: str, *, not_after: float) -> None:
        """Let a successor pass where its client pins ``pin``.

        Raises:
            AwsCallError: the table did not answer.
        """
        self._update(
            renewed_key(thumbprint),
            "SET client = :client, pin = :pin, expires = :expires",
            {
                ":client": {"S": client_id},
                ":pin": {"S": pin},
                ":expires": _at(not_after + KEPT_SECONDS),
            },
        )

    def _update(
        self,
        key: str,
        expression: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
        condition: str | None = None,
    ) -> bool:
        payload: dict[str, Any] = {
            "TableName": self._table,
            "Key": {"pk": {"S": key}},
            "UpdateExpression": expression,
            "ExpressionAttributeValues": values,
        }
        if names and condition:
            payload |= {"ExpressionAttributeNames": names, "ConditionExpression": condition}
        try:
            self._call("UpdateItem", payload)
        except AwsCallError as error:
            if str(error).endswith(_CONDITION_FAILED):
                return False
            raise
        return True

    def _call(self, operation: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        return self._client.call(
            f"DynamoDB_20120810.{operation}", payload, deadline=time.monotonic() + BUDGET_SECONDS
        )


def _at(seconds: float) -> dict[str, str]:
    return {"N": str(int(seconds))}
