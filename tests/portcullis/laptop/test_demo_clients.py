"""Clients for a contract of one run: each scope is granted to some and not to all."""

import pytest

from portcullis import registry
from portcullis.contract.contract import Contract
from portcullis.laptop.demo_clients import clients_fit, fits_a_policy, write_demo_clients
from portcullis.registry.model import ClientStatus


def clients_for(tmp_path, *scopes, **options):
    file = write_demo_clients(tmp_path, scopes, **options)
    known = registry.load(
        file, known_scopes=set(scopes), known_rate_plans=set(options.get("rate_plans", ()))
    )
    return known.clients


@pytest.mark.parametrize("count", [2, 3, 40])
def test_each_scope_has_two_holders_and_one_client_without_it(tmp_path, count):
    scopes = [f"orders:s{number}" for number in range(count)]
    clients = clients_for(tmp_path, *scopes)
    active = [client for client in clients if client.status is ClientStatus.ACTIVE]
    for scope in scopes:
        assert sum(scope in client.scopes for client in active) == 2
        assert sum(scope not in client.scopes for client in active) == 1
    assert [c.status for c in clients].count(ClientStatus.SUSPENDED) == 1


def test_one_scope_has_two_active_holders(tmp_path):
    ids = [client.id for client in clients_for(tmp_path, "all")]
    assert ids == ["partner", "partner-a", "partner-suspended"]


def test_scopes_that_do_not_fit_in_one_policy_are_spread_over_clients(tmp_path):
    file = write_demo_clients(tmp_path, "abcdefg", fits=lambda scopes: len(scopes) < 4)
    known = registry.load(file, known_scopes=set("abcdefg")).clients
    assert {client.id: "".join(client.scopes) for client in known} == {
        "partner-1": "abc",
        "partner-2": "def",
        "partner-3": "g",
        "partner-suspended": "abc",
    }


@pytest.mark.parametrize(("routes", "fits"), [(10, True), (80, False)])
def test_as_many_scopes_fit_as_a_policy_has_characters_for(tmp_path, routes, fits):
    file = tmp_path / "contract.yaml"
    path = "/orders/of/a/partner/with/a/long/path/number/"
    written = "".join(f"  {path}{n}: {{get: {{x-scope: s{n}}}}}\n" for n in range(routes))
    file.write_text(f"openapi: 3.0.3\ninfo: {{title: a, version: 1}}\npaths:\n{written}")
    contract = Contract.load(file)
    assert fits_a_policy(contract)(sorted(contract.scopes)) is fits
    assert fits_a_policy(contract)(["s1"])


def test_with_rate_plans_every_client_has_one(tmp_path):
    clients = clients_for(tmp_path, "a", "b", rate_plans=["gold", "iron"])
    assert {client.rate_plan for client in clients} == {"gold"}


def test_clients_with_a_scope_of_another_contract_do_not_fit(tmp_path):
    file = write_demo_clients(tmp_path, ["orders:read", "orders:write"])
    assert clients_fit(file, frozenset({"orders:read", "orders:write", "more"}))
    assert not clients_fit(file, frozenset({"orders:read"}))
