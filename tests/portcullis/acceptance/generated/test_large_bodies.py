"""Bodies over 8 KB: through on the excepted routes, blocked on another one."""

import json

import pytest

from portcullis.acceptance.catalog.matrix import build
from portcullis.acceptance.generated.large_bodies import REFUSED
from portcullis.sample import SAMPLE
from tests.portcullis.acceptance.sample_matrix import CONTRACT


@pytest.fixture
def cases():
    def of(*routes):
        matrix = build(CONTRACT, [SAMPLE.cases], large_bodies=routes)
        return {case.name: case for case in matrix.cases}

    return of


def test_a_large_body_must_reach_the_backend_on_an_excepted_route(cases):
    case = cases("POST /pets")["post-pets-large-body"]
    assert len(case.request.body) > 8192
    assert json.loads(case.request.body)["type"]
    assert case.arrives
    assert case.expect == cases()["post-pets-valid"].expect


def test_the_blocked_body_moves_to_another_route(cases):
    moved, usual = cases("POST /pets")[REFUSED], cases()[REFUSED]
    assert (usual.request.method, usual.request.path) == ("POST", "/pets")
    assert moved.request.path != "/pets"
    assert moved.request.body == usual.request.body
    assert moved.expect == usual.expect


def test_another_exception_leaves_it_where_it_is(cases):
    found = cases("GET /pets")
    assert found[REFUSED] == cases()[REFUSED]
    assert found.keys() == cases().keys()  # a GET reaches the backend without its body
