"""The registry in a table: what is written, what is refused, and two writers at once."""

import json
from dataclasses import replace

import pytest

from portcullis.registry import (
    ClientRegistry,
    ClientStatus,
    Identity,
    IdentityKind,
    RevokedSerialNumber,
)
from portcullis.registry.dynamo_table import TableError
from portcullis.registry.store import (
    Additions,
    ConflictError,
    EditError,
    Revocation,
    add,
    remove,
    revoke,
    set_scopes,
    set_status,
)
from portcullis.registry.table_store import TableStore
from tests.authorizer.tables import ISSUER_NAME, SHOP, VIEWER, client, new_table


@pytest.fixture
def table(dynamodb):
    store = TableStore(dynamodb, new_table(dynamodb), known_scopes={"pets:read", "pets:write"})
    store.fill(ClientRegistry(clients=(SHOP, VIEWER)))
    return store


@pytest.mark.parametrize("issuer", ["CN=shop", "[[1]]", "7"])
def test_a_revocation_that_somebody_else_wrote_badly_is_named(table, dynamodb, issuer):
    item = {"pk": "revoked#odd", "issuer": issuer, "serialNumber": "1f"}
    dynamodb.put_item(TableName=table.name, Item={n: {"S": v} for n, v in item.items()})
    with pytest.raises(TableError, match="revoked#odd is malformed"):
        table.read()


def test_a_table_reads_back_as_it_was_written(dynamodb, table):
    whole = ClientRegistry(
        clients=(SHOP, VIEWER),
        revoked_thumbprints=("t" * 43,),
        revoked_serial_numbers=(RevokedSerialNumber(issuer=ISSUER_NAME, serial_number="1f"),),
    )
    for revoked in ("t" * 43, whole.revoked_serial_numbers[0]):
        table.plan(revoke(Revocation(certificate=revoked))).write()
    assert table.read() == whole


def test_two_writers_of_one_client_do_not_lose_an_update(table):
    first = table.plan(set_status("pet-shop", ClientStatus.SUSPENDED))
    second = table.plan(remove("pet-shop"))
    first.write()
    with pytest.raises(ConflictError, match="Run the command again"):
        second.write()
    assert {c.id: c.status for c in table.read().clients}["pet-shop"] == "suspended"


def test_two_writers_of_two_clients_both_succeed(table):
    plans = [table.plan(set_status(c, ClientStatus.SUSPENDED)) for c in ("pet-shop", "pet-viewer")]
    for plan in plans:
        plan.write()
    assert {c.status for c in table.read().clients} == {"suspended"}


def test_two_clients_cannot_take_one_name(table):
    plans = [table.plan(add(client(c, "spiffe://one"))) for c in ("one", "two")]
    plans[0].write()
    with pytest.raises(ConflictError):
        plans[1].write()
    assert "two" not in {c.id for c in table.read().clients}


@pytest.mark.parametrize("wrong", [client("Upper", "x:y"), client("new", "x:y", scopes=("eat",))])
def test_what_the_file_would_refuse_does_not_enter_the_table(table, wrong):
    with pytest.raises(EditError):
        table.plan(add(wrong))


def test_new_scopes_are_written_and_checked(table):
    table.plan(set_scopes("pet-viewer", ("pets:write",))).write()
    (viewer,) = [c for c in table.read().clients if c.id == "pet-viewer"]
    assert viewer.scopes == ("pets:write",)
    with pytest.raises(EditError, match="pets:eat"):
        table.plan(set_scopes("pet-viewer", ("pets:eat",)))


def test_a_client_of_too_many_names_stops_an_addition_before_the_first_client(table):
    many = tuple(Identity(kind=IdentityKind.SAN_URI, value=f"x:{n}") for n in range(100))
    additions = Additions(table.read())
    additions.add(client("a-new", "x:y"))
    additions.add(replace(client("b-new", "x:z"), match=many))
    with pytest.raises(EditError, match="100 items at most"):
        table.plan(lambda _: additions.change()).write()
    assert len(table.read().clients) == 2


def test_a_plan_shows_what_will_change(table):
    diff = table.plan(set_status("pet-shop", ClientStatus.SUSPENDED)).diff
    assert "-    status: active\n+    status: suspended\n" in diff
    assert table.plan(set_status("pet-shop", ClientStatus.ACTIVE)).diff == ""


def test_a_table_that_holds_something_is_not_filled_again(table):
    with pytest.raises(EditError, match="not empty"):
        table.fill(ClientRegistry(clients=()))


def test_every_item_says_what_it_is(dynamodb, table):
    found = dynamodb.scan(TableName=table.name)["Items"]
    assert sorted(item["pk"]["S"].partition("#")[0] for item in found) == [
        "client", "client", "name", "name",
    ]  # fmt: skip
    documents = [json.loads(item["document"]["S"]) for item in found if "document" in item]
    assert all(set(d) >= {"match", "scopes", "status", "pins", "ratePlan"} for d in documents)
