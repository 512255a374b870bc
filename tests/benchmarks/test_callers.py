"""The soak's callers stay below the rate limit, however fast the gateway is."""

import math
from unittest.mock import Mock

from benchmarks.beside_nginx.contender import Credentials
from benchmarks.beside_nginx.load import RATE_LIMIT
from benchmarks.endurance import callers
from benchmarks.endurance.callers import ADDRESSES, CALLS_OF_A_CONNECTION, Callers

CALLS_PER_SECOND = 10_000
WINDOW_SECONDS = 300


def test_both_connections_of_a_turn_have_its_address_and_all_addresses_have_turns(monkeypatch):
    monkeypatch.setattr(callers.ssl, "create_default_context", Mock())
    monkeypatch.setattr(callers, "RECONNECT_SECONDS", 0)
    calling = Callers(0, Credentials(authority="", certificate="", key=""), "/", 1)
    sources = []

    def connect(_tls, source):
        sources.append(source)
        if len(sources) == 2 * ADDRESSES + 2:
            calling._stopped.set()
        raise OSError

    monkeypatch.setattr(calling, "_connect", connect)
    calling._call()
    assert sources[::2] == sources[1::2]
    assert len(set(sources)) == ADDRESSES
    assert sources[0] == sources[-1]


def test_no_address_reaches_the_rate_limit():
    turns = WINDOW_SECONDS * CALLS_PER_SECOND / CALLS_OF_A_CONNECTION
    turns_of_an_address = math.ceil(turns / ADDRESSES) + 1  # one began before the window
    assert turns_of_an_address * CALLS_OF_A_CONNECTION < RATE_LIMIT
