"""The host and the first call of a kit, from the files of a stack."""

from pathlib import Path

import pytest

from portcullis.cli.certs.addresses import AddressChooser
from portcullis.pki.layout import PkiLayout

ROOT = Path(__file__).parents[4]


@pytest.fixture
def address(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)

    def choose(client="pet-shop", stack="local", **options):
        return AddressChooser(PkiLayout(tmp_path), stack, **options).choose(client)

    return choose


def test_the_host_is_the_domain_of_the_stack(address):
    assert address(stack="dev").host == "api.dev.example.com"
    assert address(stack="local").host == "localhost:8443"
    assert address(stack="dev", host="other.example.com").host == "other.example.com"


def test_the_first_call_is_one_that_the_client_may_make(address):
    assert address("pet-shop").path == "/pets"
    assert address("not-registered").path == "/"
    assert address("pet-shop", path="/pets/1").path == "/pets/1"
    assert address("pet-shop", host="other.example.com").path == "/"
