"""`portcullis clients import`: all of a CSV file, or nothing; the same again changes nothing."""

import json
from pathlib import Path

import pytest

from portcullis.cli.clients import place
from portcullis.registry.store import ConflictError
from portcullis.registry.table_store import TableStore
from tests.portcullis.cli.clients.running import FILE, refused, run

HEADER = "client,scopes,description,sanUri,sanDns,certificate,pin,status,ratePlan,days"


@pytest.fixture
def partners(registry):
    def write(*rows, header=HEADER):
        path = registry.parent / "partners.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return write


def shown(client):
    return json.loads(run("show", client))


def test_each_row_becomes_a_client(registry, partners, certificate):
    _, thumbprint = certificate
    path = partners(
        "plain,pets:read,,,,,,,,90",
        'named,pets:read pets:write,"Sells, and buys",spiffe://a/1 spiffe://a/2,a.test,,,suspended,,',
        "pinned,pets:read,,,,new.pem,yes,,,",
    )
    run("import", path)
    assert shown("plain")["match"] == [
        {"kind": "sanUri", "value": "spiffe://portcullis.local/client/plain"}
    ]
    named = shown("named")
    assert [one["value"] for one in named["match"]] == ["spiffe://a/1", "spiffe://a/2", "a.test"]
    assert (named["description"], named["status"]) == ("Sells, and buys", "suspended")
    assert named["scopes"] == ["pets:read", "pets:write"]
    pinned = shown("pinned")
    assert pinned["pins"] == [thumbprint]
    assert pinned["match"] == [{"kind": "sanUri", "value": "spiffe://a/new"}]
    assert registry.read_text().startswith(FILE)


def test_a_row_may_bind_the_names_to_the_issuer_of_its_certificate(registry, partners, certificate):
    header = "client,scopes,certificate,bindIssuer"
    run("import", partners("bound,pets:read,new.pem,yes", header=header))
    assert "{sanUri: spiffe://a/new, issuer: {CN: new}}" in registry.read_text()
    message = refused("import", partners("b,pets:read,,yes", header=header))
    assert "column bindIssuer: needs a certificate" in message


def test_the_same_command_again_changes_nothing_and_new_rows_are_added(registry, partners):
    run("import", partners("a,pets:read,,,,,,,,"))
    text = registry.read_text()
    assert "Nothing to change" in run("import", partners("a,pets:read,,,,,,,,"))
    assert registry.read_text() == text
    run("import", partners("a,pets:read,,,,,,,,", "b,pets:read,,,,,,,,"))
    assert shown("b")["status"] == "active"
    message = refused("import", partners("a,pets:write,,,,,,,,", "c,pets:read,,,,,,,,"))
    assert "partners.csv:2: column client: There is a client a already" in message


FAULTS = {
    "Upper,pets:read,,,,,,,,": "column client: 'Upper' is not a valid client id",
    "b,,,,,,,,,": "column scopes: is empty; accepted: pets:read, pets:write",
    "c,pets:eat,,,,,,,,": "column scopes: 'pets:eat' is not a scope; accepted: pets:read",
    "d,pets:read,,nothing,,,,,,": "column sanUri: 'nothing' is not a valid SAN URI",
    "e,pets:read,,,*.a,,,,,": "column sanDns: '*.a' is not a valid SAN DNS name",
    "f,pets:read,,,,no.pem,,,,": "no.pem cannot be read: there is no such file",
    "m,pets:read,,,,/dev/zero,,,,": "column certificate: /dev/zero cannot be read",
    "g,pets:read,,,,,yes,,,": "column pin: needs the certificate",
    "h,pets:read,,,,,maybe,,,": "column pin: is 'maybe'; accepted: yes, no",
    "i,pets:read,,,,,,open,,": "column status: is 'open'; accepted: active, suspended, revoked",
    "j,pets:read,,spiffe://a/pet-shop,,,,,,": "column client: sanUri spiffe://a/pet-shop leads to",
    "k,pets:read,,spiffe://a/good,,,,,,": "column client: sanUri spiffe://a/good leads to client",
    "pet-shop,pets:read,,,,,,,,": "column client: There is a client pet-shop already",
    "l,pets:read,,,,,,,,,": "the line has 11 cells",
}


def test_one_bad_row_of_each_kind_is_named_and_nothing_is_written(registry, partners):
    path = partners("good,pets:read,,spiffe://a/good,,,,,,", *FAULTS)
    said = refused("import", path).splitlines()
    for line, message in enumerate(FAULTS.values(), start=3):
        of_line = [one for one in said if f"partners.csv:{line}: " in one]
        assert any(message in one for one in of_line), (message, of_line)
    assert registry.read_text() == FILE


def test_a_rate_plan_of_the_stack_is_needed(registry, partners):
    Path("Pulumi.local.yaml").write_text(
        "config:\n  portcullis:ratePlans: {gold: {ratePerSecond: 5, burst: 5}}\n"
    )
    assert "column client: The rate plan 'iron'" in refused(
        "import", partners("a,pets:read,,,,,,,iron,")
    )
    run("import", partners("a,pets:read,,,,,,,gold,"))
    assert shown("a")["ratePlan"] == "gold"


def test_a_dry_run_writes_nothing(registry, partners):
    printed = json.loads(run("import", partners("a,pets:read,,,,,,,,"), "--dry-run", "--json"))
    assert "+  - id: a" in printed["diff"]
    assert (printed["written"], printed["effect"]) == (False, None)
    assert registry.read_text() == FILE


def test_an_import_into_a_table_goes_on_where_it_was_interrupted(
    partners, table, dynamodb, monkeypatch
):
    """120 clients of two items each take three transactions; the second one fails once."""
    monkeypatch.setattr(place, "dynamodb", lambda: dynamodb)
    path = partners(*(f"p{number:03},pets:read,,,,,,,," for number in range(120)))
    real, calls = TableStore._transact, []

    def failing(self, operations):
        calls.append(len(operations))
        if len(calls) == 2:
            raise ConflictError("in the meantime")
        real(self, operations)

    monkeypatch.setattr(TableStore, "_transact", failing)
    assert "in the meantime" in refused("import", path, "--table", table.name)
    assert len(table.read().clients) == 1 + 50
    run("import", path, "--table", table.name)
    assert len(table.read().clients) == 1 + 120
    assert "Nothing to change" in run("import", path, "--table", table.name)
