"""A project's own case files: they add, change and drop cases, and their faults are refused."""

import pytest

from portcullis.acceptance.catalog.case_reading import NO_VERIFICATION
from portcullis.acceptance.catalog.matrix import build
from portcullis.acceptance.errors import CaseFileError
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import Destination
from tests.portcullis.contract.contracts import ORDERS


@pytest.fixture
def matrix(tmp_path):
    def of(text="", name="orders.yaml"):
        (tmp_path / "contract.yaml").write_text(ORDERS)
        folder = tmp_path / "acceptance"
        folder.mkdir(exist_ok=True)
        if text:
            (folder / name).write_text(text)
        return build(tmp_path / "contract.yaml", [folder, tmp_path / "absent"])

    return of


def named(matrix, name):
    return next(case for case in matrix.cases if case.name == name)


TENANT = """\
title: Tenants
cases:
  - name: other-tenant
    attack: A client asks for the orders of another tenant.
    caller: client
    request: {uses: "DELETE /v1/orders/{orderId}", headers: [["X-Tenant", "globex"]]}
    expect: {gate: backend, statuses: [403]}
"""


def test_an_added_case_starts_from_an_operation_and_runs_before_the_rate_limit(matrix):
    found = matrix(TENANT)
    (case,) = found.section("Tenants")
    assert (case.request.method, case.request.headers) == ("DELETE", (("X-Tenant", "globex"),))
    assert case.request.scope == "orders:write"
    titles = [section.title for section in found.sections]
    assert titles[-3:] == ["Tenants", "Rate limit", "Broken parts"]
    assert len(found.cases) == len(matrix(TENANT.replace("[403]", "[404]")).cases)


def test_a_project_names_the_read_and_its_answer(matrix):
    found = matrix(
        "requests: {read: {target: /v1/orders, headers: [[X-Tenant, acme]]}}\n"
        "answers: {read: {gate: backend, statuses: [200]}}\n"
    )
    assert found.read.headers == (("X-Tenant", "acme"),)
    assert found.read.scope == "orders:read"
    assert named(found, "valid-read").request == found.read
    assert named(found, "valid-read").expect.statuses == (200,)


def test_a_changed_case_has_its_new_answer(matrix):
    found = matrix(
        "change: [{name: get-v1-orders-orderid-valid, reason: it exists, "
        "expect: {gate: backend, statuses: [200]}}]"
    )
    assert named(found, "get-v1-orders-orderid-valid").expect.statuses == (200,)


def test_a_dropped_case_stays_in_the_matrix_with_its_reason(matrix):
    before = [case.name for case in matrix().cases]
    found = matrix("drop: [{name: preflight, reason: our front answers it}]")
    assert [case.name for case in found.cases] == before
    assert named(found, "preflight").left_out == "dropped in orders.yaml: our front answers it"


def test_a_backend_is_attacked_past_the_gateway_if_it_verifies_the_token(matrix):
    def reasons(found):
        direct = [c for c in found.cases if c.request.destination is Destination.BACKEND]
        assert len(direct) > 10
        return {case.left_out for case in direct}

    assert reasons(matrix()) == {NO_VERIFICATION}
    assert reasons(matrix("verifiesTokens: true")) == {""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cases: []\ncase: []", r"orders\.yaml:2: 'case' is not accepted here.*change, drop"),
        ("drop: [{name: preflight}]", r"orders\.yaml:1: 'reason' is missing"),
        ("drop: [{name: preflight, reason: ' '}]", "must say why the case is dropped"),
        ("drop:\n  - {name: preflght, reason: r}", "yaml:2: the case 'preflght' does not exist"),
        ("drop: [{name: preflght, reason: r}]", "did you mean preflight"),
        ("drop: [{reason: r}]", "'name' is missing"),
        ("drop: [{name: preflight, reason: r, why: w}]", "'why' is not accepted here"),
        ("change: [{name: preflight, expect: no-route}]", "'reason' is missing"),
        ("change: [{name: nothing-like-it, reason: r}]", "does not exist"),
        ("requests: {read: {target: /orders}}", "the contract has no GET /orders with a scope"),
        ("answers: {read: {gate: bakend}}", "'bakend' is not accepted here"),
        (TENANT.replace("other-tenant", "preflight"), "there is another case 'preflight'"),
        (TENANT.replace("other-tenant", "get-v1-orders-valid"), "there is another case"),
        (TENANT.replace("DELETE /v1", "DELETE /v2"), "is not accepted here; accepted: read, write"),
        ("- a", "must be a mapping"),
        ("verifiesTokens: maybe", "must be true or false"),
    ],
)
def test_a_fault_is_one_line_with_file_and_line(matrix, text, message):
    with pytest.raises(CaseFileError, match=message) as caught:
        matrix(text)
    assert "\n" not in str(caught.value)


def test_files_are_read_in_the_order_of_their_names(matrix):
    matrix(TENANT, "a.yaml")
    found = matrix("drop: [{name: other-tenant, reason: not yet}]", "b.yaml")
    assert named(found, "other-tenant").left_out.startswith("dropped in b.yaml")
    assert named(found, "other-tenant").expect.gate is Gate.BACKEND
