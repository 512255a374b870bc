"""The source addresses on this machine: allowed, to flood from, and blocked."""

import pytest

from portcullis.acceptance.target import addresses
from portcullis.acceptance.target.addresses import (
    SourceAddresses,
    destination_for,
    loopback_sources,
)


@pytest.fixture(autouse=True)
def _with_ipv6(monkeypatch):
    monkeypatch.setattr(addresses, "has_ipv6", lambda: True)


@pytest.mark.parametrize(
    ("cidrs", "blocked"),
    [
        (["127.0.0.0/24", "::1/128"], "127.0.1.1"),
        (["127.0.0.0/16"], "127.1.0.1"),
        (["127.0.0.0/8"], "::1"),
        (["127.0.0.0/8", "::1/128"], None),
        (["::1/128"], "127.0.1.1"),
        (["203.0.113.0/24"], "127.0.1.1"),
    ],
)
def test_the_blocked_address_is_outside_the_allow_list(cidrs, blocked):
    assert loopback_sources(cidrs).blocked == blocked


def test_without_ipv6_its_loopback_address_is_neither_allowed_nor_blocked(monkeypatch):
    monkeypatch.setattr(addresses, "has_ipv6", lambda: False)
    assert loopback_sources(["127.0.0.0/8"]).blocked is None
    assert loopback_sources(["::1/128"]).allowed == ()


def test_the_laptops_allow_list_has_addresses_for_calls_and_others_to_flood_from():
    sources = loopback_sources(["127.0.0.0/24", "::1/128"])
    assert (sources.allowed[0], sources.allowed[-1]) == ("127.0.0.1", "127.0.0.199")
    assert (sources.flood[0], sources.flood[-1]) == ("127.0.0.200", "127.0.0.249")


@pytest.mark.parametrize(
    ("cidrs", "allowed", "flood"),
    [
        (["127.0.0.1/32"], ("127.0.0.1",), ()),
        (["::1/128"], ("::1",), ()),
        (["::/1"], ("::1",), ()),
        (["127.0.0.1/32", "::1/128"], ("127.0.0.1",), ("::1",)),
        (["::1/128", "127.9.0.0/30"], ("127.9.0.1", "127.9.0.2"), ("::1",)),
        (["203.0.113.0/24", "2001:db8::/32"], (), ()),
        ([], (), ()),
    ],
)
def test_only_allowed_loopback_addresses_are_called_from(cidrs, allowed, flood):
    sources = loopback_sources(cidrs)
    assert (sources.allowed, sources.flood) == (allowed, flood)


def test_an_address_connects_to_the_loopback_of_its_family():
    assert destination_for("127.0.1.1") == "127.0.0.1"
    assert destination_for("::1") == "::1"
    assert SourceAddresses() == SourceAddresses(allowed=(), flood=(), blocked=None)
