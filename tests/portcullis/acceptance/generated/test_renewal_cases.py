"""The cases of a certificate renewal: only where the stack has the route."""

import pytest

from portcullis.acceptance.catalog.matrix import build
from portcullis.acceptance.generated.renewal_cases import TITLE, RenewalTarget
from portcullis.acceptance.matrix.gate import Gate
from portcullis.sample import SAMPLE
from tests.portcullis.acceptance.sample_matrix import CONTRACT

ROUTE = RenewalTarget(path="/renew", scope="certificates:renew")


@pytest.fixture(scope="module")
def matrix():
    return build(CONTRACT, [SAMPLE.cases], renewal=ROUTE)


def test_without_the_route_there_are_none():
    without = build(CONTRACT, [SAMPLE.cases])
    assert not [case for case in without.cases if case.name.startswith("renewal-")]


def test_each_calls_the_route_with_its_scope(matrix):
    cases = matrix.section(TITLE)
    assert {(case.request.path, case.request.scope) for case in cases} == {
        ("/renew", "certificates:renew")
    }
    assert all(not case.left_out for case in cases)


def test_clients_that_must_not_get_one_are_refused_before_the_function(matrix):
    refused = {case.name: case.expect.gate for case in matrix.section(TITLE)}
    for caller in ("without-scope", "suspended", "unregistered", "revoked"):
        assert refused[f"renewal-{caller}"] is Gate.AUTHORIZER


def test_every_request_with_a_new_key_is_one_of_its_own(matrix):
    bodies = [build(CONTRACT, renewal=ROUTE).section(TITLE)[0].request.body for _ in range(2)]
    assert bodies[0] != bodies[1]
