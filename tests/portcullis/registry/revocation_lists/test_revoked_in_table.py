"""The items of revoked issuers: one command at a time, and none that cannot be read is ignored."""

import pytest

from portcullis.registry.dynamo_table import DynamoTable, TableError
from portcullis.registry.revocation_lists.revoked_in_table import RevokedIssuers
from portcullis.registry.store import ConflictError
from tests.authorizer.list_tables import ISSUER_NAME, TRUSTSTORE
from tests.authorizer.lists import authority, signed

ROOT = authority(serial_number=5)


@pytest.fixture
def issuers(dynamodb, table):
    return RevokedIssuers(DynamoTable(client=dynamodb, name=table.name), (ROOT, *TRUSTSTORE))


def revoked(dynamodb, table):
    found = dynamodb.scan(TableName=table.name)["Items"]
    return [item for item in found if item["pk"]["S"].startswith("crl#revoked#")]


def test_a_revoked_issuer_has_an_item_until_its_entry_is_gone(issuers, verified, dynamodb, table):
    plan = issuers.plan(verified(signed(5)))
    issuers.add(plan)
    issuers.remove(plan)
    (item,) = revoked(dynamodb, table)
    assert item["issuer"]["S"] == ISSUER_NAME
    assert item["keys"]["S"] == "[]"
    assert item["because"]["S"].endswith('"5"]]')
    again = issuers.plan(verified(signed(5)))
    assert (again.put, again.delete) == ((), ())
    gone = issuers.plan(verified(signed(6)))
    issuers.add(gone)
    assert revoked(dynamodb, table)
    issuers.remove(gone)
    assert not revoked(dynamodb, table)


def test_of_two_commands_at_once_the_second_is_told_to_run_again(issuers, verified):
    first, second = issuers.plan(verified(signed(5))), issuers.plan(verified(signed(5)))
    issuers.add(first)
    with pytest.raises(ConflictError, match="Run the command again"):
        issuers.add(second)


def test_an_item_that_another_command_changed_is_not_deleted(issuers, verified, dynamodb, table):
    issuers.add(issuers.plan(verified(signed(5))))
    gone = issuers.plan(verified(signed(6)))
    (item,) = revoked(dynamodb, table)
    dynamodb.put_item(TableName=table.name, Item=item | {"keys": {"S": '["AAAA"]'}})
    with pytest.raises(ConflictError):
        issuers.remove(gone)
    assert revoked(dynamodb, table)


@pytest.mark.parametrize("because", [None, {"S": "x"}, {"S": "[[1]]"}, {"N": "1"}])
def test_a_malformed_item_stops_the_import(issuers, verified, dynamodb, table, *, because):
    issuers.add(issuers.plan(verified(signed(5))))
    (item,) = revoked(dynamodb, table)
    del item["because"]
    dynamodb.put_item(
        TableName=table.name, Item=item | ({} if because is None else {"because": because})
    )
    with pytest.raises(TableError, match=r"crl#revoked#.* is malformed"):
        issuers.plan(verified(signed(6)))
