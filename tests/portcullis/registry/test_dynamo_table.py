"""Writes that DynamoDB leaves unprocessed are repeated; its errors name the next step."""

import boto3
import pytest
from botocore.config import Config

from portcullis.registry import ClientRegistry
from portcullis.registry.dynamo_table import TableError
from portcullis.registry.revocation_lists.in_table import (
    ENTRIES_PER_BUCKET,
    CrlTable,
)
from portcullis.registry.table_store import TableStore
from tests.authorizer.list_tables import AT, ISSUER_NAME, TRUSTSTORE, is_revoked
from tests.authorizer.lists import signed
from tests.authorizer.tables import SHOP, new_table


class Busy:
    """A table that puts off half of every batch, ``times`` times."""

    def __init__(self, client, times):
        self._client, self._times = client, times

    def __getattr__(self, attribute):
        return getattr(self._client, attribute)

    def batch_write_item(self, RequestItems):  # noqa: N803 - boto3's name
        if self._times == 0:
            return self._client.batch_write_item(RequestItems=RequestItems)
        self._times -= 1
        ((name, requests),) = RequestItems.items()
        half = len(requests) // 2
        if half:
            self._client.batch_write_item(RequestItems={name: requests[:half]})
        return {"UnprocessedItems": {name: requests[half:]}}


@pytest.mark.parametrize(("times", "succeeds"), [(3, True), (10, True), (11, False)])
def test_writes_that_a_table_puts_off_are_made_later(
    dynamodb, table, verified, reader, *, times, succeeds
):
    pauses = []
    busy = CrlTable(
        Busy(dynamodb, times), table.name, TRUSTSTORE, clock=lambda: AT, sleep=pauses.append
    )
    wanted = verified(signed(*range(1, 5 * ENTRIES_PER_BUCKET)))
    if succeeds:
        busy.replace(wanted)
        assert len(pauses) == times
        assert all(earlier < later for earlier, later in zip(pauses, pauses[2:], strict=False))
        assert all(is_revoked(reader(), serial_number=n) for n in range(1, 1280, 51))
    else:
        with pytest.raises(TableError, match="is throttling"):
            busy.replace(wanted)
        assert busy.read(ISSUER_NAME) is None


def test_a_registry_is_filled_at_the_tables_pace_too(dynamodb):
    name = new_table(dynamodb)
    TableStore(Busy(dynamodb, 2), name).fill(ClientRegistry(clients=(SHOP,)))
    assert TableStore(dynamodb, name).read().clients == (SHOP,)


def test_a_table_that_is_not_there_is_told_from_one_that_does_not_answer(dynamodb, moto):
    missing = CrlTable(dynamodb, "portcullis-nowhere-registry", TRUSTSTORE)
    with pytest.raises(TableError, match=f"There is no table .* in eu-central-1, {moto}"):
        missing.read(ISSUER_NAME)
    silent = boto3.client(
        "dynamodb",
        region_name="eu-central-1",
        endpoint_url="http://127.0.0.1:1",
        config=Config(retries={"total_max_attempts": 1}),
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    with pytest.raises(TableError, match="No answer"):
        CrlTable(silent, "portcullis-local-registry", TRUSTSTORE).read(ISSUER_NAME)
