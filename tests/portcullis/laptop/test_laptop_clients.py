"""Whom a laptop issues certificates for."""

import pytest

from portcullis.laptop.laptop_clients import laptop_clients, registered_clients

FILE = """\
clients:
  - {id: viewer, match: [{sanUri: spiffe://x/viewer}], scopes: [pets:read], status: active}
  - {id: out, match: [{sanUri: spiffe://x/out}], scopes: [a, b, c], status: suspended}
  - {id: shop, match: [{sanUri: spiffe://x/shop}], scopes: [pets:read, pets:write], status: active}
  - {id: dns, match: [{sanDns: dns.example}], scopes: [a, b, c], status: active}
"""


@pytest.fixture
def clients_file(tmp_path):
    file = tmp_path / "clients.yaml"
    file.write_text(FILE)
    return file


def test_active_clients_with_the_most_scopes_are_first_and_only_san_uris_count(clients_file):
    assert list(registered_clients(clients_file)) == ["shop", "viewer", "out"]


def test_the_revoked_client_has_a_registered_name_and_the_last_one_is_unknown(clients_file):
    clients = laptop_clients(clients_file)
    assert clients["revoked"] == "spiffe://x/shop"
    assert list(clients)[-1] == "stranger"
    assert clients["stranger"] not in registered_clients(clients_file).values()
