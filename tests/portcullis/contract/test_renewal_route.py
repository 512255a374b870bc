"""The route that the program adds to a contract, and what it must not share with it."""

import pytest

from portcullis.contract.contract import Contract
from portcullis.contract.renewal_route import RenewalRoute, RenewalRouteError, with_renewal
from tests.portcullis.contract.contracts import PETSTORE

ROUTE = RenewalRoute(path="/.well-known/certificate-renewal", scope="certificates:renew")


@pytest.fixture(scope="module")
def contract():
    return Contract.load(PETSTORE)


def test_the_route_is_one_more_operation_with_its_own_scope(contract):
    added = with_renewal(contract, ROUTE)
    (operation,) = [one for one in added.operations if one not in contract.operations]
    assert (operation.method, operation.path, operation.scope) == ("POST", ROUTE.path, ROUTE.scope)
    assert added.scopes == contract.scopes | {ROUTE.scope}


def test_without_a_route_the_contract_is_as_it_was(contract):
    assert with_renewal(contract, None) is contract


@pytest.mark.parametrize(
    "route",
    [
        RenewalRoute(path="/pets", scope="certificates:renew"),
        RenewalRoute(path="/.well-known/jwks.json", scope="certificates:renew"),
        RenewalRoute(path="/renew", scope="pets:write"),
    ],
    ids=["a path", "the key set", "a scope"],
)
def test_what_the_contract_has_already_is_refused_in_one_line(contract, route):
    with pytest.raises(RenewalRouteError) as refused:
        route.added_to(contract)
    assert "\n" not in str(refused.value)
