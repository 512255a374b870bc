"""Which client of a target a case calls as, by the scope of its request."""

import pytest

from portcullis.acceptance.matrix.caller import REGISTERED, CaseCaller
from portcullis.acceptance.target.clients import CaseClients, KnownClient, missing_client
from portcullis.acceptance.wire.connection import Presented


def client(name, *scopes, active=True):
    presented = Presented(certificate=name, key=name)
    return KnownClient(id=name, presented=presented, scopes=frozenset(scopes), is_active=active)


CLIENTS = CaseClients(
    registered=[client("all", "r", "w"), client("reader", "r"), client("off", "r", active=False)]
)


@pytest.mark.parametrize(
    ("caller", "scope", "chosen"),
    [
        (CaseCaller.CLIENT, "r", "all"),
        (CaseCaller.OTHER_CLIENT, "r", "reader"),
        (CaseCaller.WITHOUT_SCOPE, "w", "reader"),
        (CaseCaller.SUSPENDED, "w", "off"),
        (CaseCaller.OTHER_CLIENT, "w", None),
        (CaseCaller.WITHOUT_SCOPE, "r", None),
        (CaseCaller.CLIENT, "x", None),
        (CaseCaller.CLIENT, "", "all"),
        (CaseCaller.UNREGISTERED, "r", None),
    ],
)
def test_a_client_is_chosen_by_the_scope(caller, scope, chosen):
    found = CLIENTS.of(caller, scope)
    assert (found.id if found else None) == chosen


@pytest.mark.parametrize("caller", sorted(REGISTERED))
def test_a_client_that_is_missing_is_named(caller):
    assert "client" in missing_client(caller, "orders:read")
    assert "orders:read" in missing_client(caller, "orders:read") or caller is CaseCaller.SUSPENDED
