"""Cases that a contract rules out are left out with the reason."""

import pytest

from portcullis.acceptance.catalog.case_reading import EVERY_PATH, NO_BODY
from portcullis.acceptance.catalog.matrix import build
from portcullis.acceptance.matrix.gate import Gate
from tests.portcullis.contract.contracts import ORDERS

HEAD = 'openapi: 3.0.3\ninfo: {title: T, version: "1"}\npaths:\n'
GET = "{x-scope: s, responses: {}}"


@pytest.fixture
def matrix(tmp_path):
    def of(text):
        (tmp_path / "contract.yaml").write_text(text)
        return build(tmp_path / "contract.yaml")

    return of


def left_out(matrix, reason):
    return {case.name for case in matrix.cases if case.left_out == reason}


def test_without_a_json_body_only_what_ends_before_the_route_is_sent_with_one(matrix):
    found = matrix(HEAD + f"  /a: {{get: {GET}}}\n")
    assert left_out(found, NO_BODY) == {
        "missing-scope",
        "body-is-no-json",
        "invalid-body-of-a-stranger",
    }
    sent = next(case for case in found.cases if case.name == "sql-injection-body")
    assert (sent.request.method, sent.request.target) == ("POST", "/a")


def test_a_greedy_path_leaves_no_unknown_route(matrix):
    proxy = (
        "  /{p+}:\n    parameters: [{name: p, in: path, required: true}]\n    get: " + GET + "\n"
    )
    assert left_out(matrix(HEAD + proxy), EVERY_PATH) == {"unknown-route", "stage-in-path"}
    assert left_out(matrix(ORDERS), EVERY_PATH) == set()


def test_what_ends_before_the_authorizer_is_sent_by_any_client(matrix):
    scopes = {case.name: case.request.scope for case in matrix(ORDERS).cases}
    ends_early = ("large-body", "sql-injection-body", "rate-limit", "get-v1-orders-wrong-method")
    assert [scopes[name] for name in ends_early] == ["", "", "", ""]
    assert scopes["body-is-no-json"] == "orders:write"


def test_every_case_of_a_route_leads_to_none(matrix):
    for case in matrix(ORDERS).cases:
        if case.expect.gate is Gate.ROUTE:
            assert not case.left_out, case.name
