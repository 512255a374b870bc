"""With clients in a table: renewals are counted, and successors of pinned certificates pass."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from moto.dynamodb.models import DynamoDBBackend

from authorizer import certificate
from authorizer.item_keys import client_key, renewals_key, renewed_key
from authorizer.table import TableRegistry
from portcullis.pki import facts
from portcullis.pki.credential import to_pem
from portcullis.registry import ClientStatus
from portcullis.registry.table_store import TableStore
from portcullis.renewal.table import RenewalTable
from tests.authorizer.conftest import dynamodb, moto  # noqa: F401 - fixtures
from tests.authorizer.making import configuration
from tests.authorizer.tables import KEYS, new_table
from tests.portcullis.renewal.calls import NOW, Renewals, client, csr, event, issued

DAY = 86_400


@pytest.fixture(autouse=True)
def atomic_updates(monkeypatch):
    """DynamoDB checks a condition and writes in one step; moto's threads need a lock for it."""
    update, lock = DynamoDBBackend.update_item, Lock()

    def locked(*arguments, **named):
        with lock:
            return update(*arguments, **named)

    monkeypatch.setattr(DynamoDBBackend, "update_item", locked)


@pytest.fixture(autouse=True)
def long_budgets(monkeypatch):
    """The function's own are three seconds, which a busy machine exceeds."""
    monkeypatch.setattr("portcullis.renewal.table.BUDGET_SECONDS", 60.0)
    monkeypatch.setattr("portcullis.renewal.service.REGISTRY_BUDGET_SECONDS", 60.0)


@pytest.fixture
def store(dynamodb):  # noqa: F811 - the fixture
    return TableStore(dynamodb, new_table(dynamodb))


def item(store, key):
    return store._table.client.get_item(TableName=store.name, Key={"pk": {"S": key}}).get("Item")


def put(store, *clients):
    for one in clients:
        for made in (store._put_client(one, None), *store._put_names(one)):
            store._table.client.transact_write_items(TransactItems=[made])


@pytest.fixture
def config(store):
    return configuration(
        registry_table=store.name, registry_region="eu-central-1", registry_cache_seconds=0
    )


@pytest.fixture
def environment(moto):  # noqa: F811 - the fixture
    return KEYS | {"AWS_ENDPOINT_URL_DYNAMODB": moto}


@pytest.fixture
def table(config, environment):
    return RenewalTable(config, environment)


@pytest.fixture
def renewals(config, environment, table):
    return Renewals(TableRegistry(config, environment), config=config, table=table)


def excerpt(config, environment, certificate_):
    """What the authorizer reads of a certificate."""
    parsed = certificate.parse(to_pem(certificate_).decode())
    read = TableRegistry(config, environment)
    found = read.excerpt(parsed, now=NOW.timestamp(), deadline=float("inf")).registry
    return found.identify(parsed), found.is_revoked(parsed)


def test_a_client_gets_as_many_a_day_as_the_settings_say(renewals, store):
    put(store, client())
    old = issued()
    for _ in range(3):
        renewals.renewed(old)
    assert renewals.refusal(event(old, csr())) == (429, "too_many")


def test_concurrent_renewals_are_all_counted(renewals, store):
    put(store, client())
    calls = [event(issued(), csr()) for _ in range(12)]
    with ThreadPoolExecutor(6) as pool:
        statuses = [answer["statusCode"] for answer in pool.map(renewals.answer, calls)]
    assert sorted(statuses) == [200] * 3 + [429] * 9


def test_the_count_holds_between_threads(table):
    def count(_):
        return table.count("shop", 5, now=NOW.timestamp())

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(count, range(24))) == 5


def test_two_renewals_at_the_beginning_of_a_day_are_both_counted(table, monkeypatch):
    update, overtaken = table._update, []

    def after_another(key, expression, *rest):
        if "#day = :day," in expression and not overtaken:
            overtaken.append(key)
            assert table.count("shop", 2, now=NOW.timestamp())
        return update(key, expression, *rest)

    monkeypatch.setattr(table, "_update", after_another)
    assert table.count("shop", 2, now=NOW.timestamp())
    assert not table.count("shop", 2, now=NOW.timestamp())


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"day": {"S": f"{NOW:%Y-%m-%d}"}},
        {"count": {"N": "1"}},
        {"day": {"S": f"{NOW:%Y-%m-%d}"}, "count": {"N": "-9"}},
    ],
    ids=["bare", "no count", "no day", "negative count"],
)
def test_a_count_that_is_not_as_written_denies(table, store, members):
    store._table.client.put_item(
        TableName=store.name, Item={"pk": {"S": renewals_key("shop")}} | members
    )
    assert not table.count("shop", 3, now=NOW.timestamp())


def test_the_next_day_begins_anew(table):
    now = NOW.timestamp()
    assert [table.count("shop", 1, now=now) for _ in range(2)] == [True, False]
    assert [table.count("shop", 1, now=now + DAY) for _ in range(2)] == [True, False]
    assert not table.count("shop", 1, now=now)  # a clock that was set back


def test_clients_are_counted_apart(table):
    now = NOW.timestamp()
    assert [table.count(one, 1, now=now) for one in ("shop", "hotel")] == [True, True]


def test_a_refused_request_is_not_counted(renewals, store):
    put(store, client())
    renewals.refusal(event(issued(), "not a request"))
    assert item(store, renewals_key("shop")) is None


def test_a_client_that_was_revoked_a_moment_ago_gets_none(renewals, store):
    put(store, client(status=ClientStatus.REVOKED))
    assert renewals.refusal(event(issued(), csr())) == (403, "revoked")


def test_the_successor_of_a_pinned_certificate_passes(renewals, store, config, environment):
    old = issued()
    put(store, client(pins=(facts.thumbprint(old.certificate),)))
    new = renewals.renewed(old)
    found, _ = excerpt(config, environment, new)
    assert facts.thumbprint(new) in found.pins


def test_so_does_the_successor_s_successor_until_the_pin_is_removed(
    renewals, store, config, environment
):
    old = issued()
    put(store, client(pins=(facts.thumbprint(old.certificate),)))
    second = renewals.renewed(old)
    third = renewals.renewed(dataclasses.replace(old, certificate=second))
    found, _ = excerpt(config, environment, third)
    assert facts.thumbprint(third) in found.pins
    store._table.client.transact_write_items(
        TransactItems=[store._put_client(client(pins=("A" * 43,)), 1)]
    )
    found, _ = excerpt(config, environment, third)
    assert facts.thumbprint(third) not in found.pins


def test_an_item_of_another_client_pins_nothing(renewals, store, table, config, environment):
    old = issued()
    pin = facts.thumbprint(old.certificate)
    put(store, client(pins=(pin,)))
    new = renewals.renewed(old)
    table.register(facts.thumbprint(new), "hotel", pin, not_after=NOW.timestamp())
    found, _ = excerpt(config, environment, new)
    assert facts.thumbprint(new) not in found.pins


def test_a_successor_is_revoked_with_the_first_of_its_line(renewals, store, config, environment):
    put(store, client())
    old = issued()
    new = renewals.renewed(old)
    assert excerpt(config, environment, new)[1] is False
    store._table.client.put_item(
        TableName=store.name,
        Item={"pk": {"S": f"revoked#{facts.thumbprint(old.certificate)}"}},
    )
    assert excerpt(config, environment, new)[1] is True


def test_only_the_two_kinds_of_items_are_written(renewals, store):
    old = issued()
    put(store, client(pins=(facts.thumbprint(old.certificate),)))
    before = item(store, client_key("shop"))
    new = renewals.renewed(old)
    assert item(store, client_key("shop")) == before
    scanned = store._table.client.scan(TableName=store.name)["Items"]
    written = {one["pk"]["S"] for one in scanned if "expires" in one}
    assert written == {renewals_key("shop"), renewed_key(facts.thumbprint(new))}


def test_without_the_table_nothing_is_issued(store, config, environment, renewals):
    put(store, client())
    away = RenewalTable(config, environment | {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"})
    renewals._function._table = away
    assert renewals.answer(event(issued(), csr()))["statusCode"] == 503
