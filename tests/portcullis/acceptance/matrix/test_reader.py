"""From YAML to a case: defaults come from the contract's requests, and options are strict."""

from dataclasses import replace

import pytest

from portcullis.acceptance.errors import CaseFileError
from portcullis.acceptance.matrix.action import Behaviour, CaseAction
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.reader import (
    changed_case,
    read_answer,
    read_case,
    read_given,
    read_request,
)
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.acceptance.matrix.yaml_node import read
from portcullis.acceptance.wire.connection import TlsVersion

REQUESTS = {
    "read": CaseRequest(target="/books"),
    "write": CaseRequest(method="POST", target="/books", body=b"{}"),
    "unknown": CaseRequest(target="/nowhere"),
    "tenant": CaseRequest(target="/books?page=1", headers=(("X-Tenant", "a"),)),
}
ANSWERS = {"read": Expect(gate=Gate.BACKEND, statuses=(200,))}


@pytest.fixture
def node(tmp_path):
    def of(text):
        (tmp_path / "x.yaml").write_text(text)
        return read(tmp_path / "x.yaml")

    return of


@pytest.fixture
def case(node):
    def of(more=""):
        text = f"name: n\nattack: An attack.\ncaller: client\nexpect: read\n{more}"
        return read_case(node(text), REQUESTS, ANSWERS)

    return of


def test_a_case_without_a_request_sends_the_contracts_read(case):
    assert case().request == REQUESTS["read"]
    assert case().expect == ANSWERS["read"]


@pytest.mark.parametrize(
    ("request_text", "request_"),
    [
        ("{uses: write}", REQUESTS["write"]),
        ("{uses: write, body: ''}", CaseRequest(method="POST", target="/books")),
        ("{target: '{read}?a=1'}", CaseRequest(target="/books?a=1")),
        ("{body: 'a{b*3}'}", CaseRequest(target="/books", body=b"abbb")),
        ("{target: '{unknown}'}", CaseRequest(target="/nowhere")),
        (
            "{uses: tenant, headers: [[A, '1']]}",
            CaseRequest(target="/books?page=1", headers=(("X-Tenant", "a"), ("A", "1"))),
        ),
        (
            "{body: 'GET {read}', headers: [[Content-Length, '{length}']]}",
            CaseRequest(target="/books", body=b"GET /books", headers=(("Content-Length", "10"),)),
        ),
        ("{tls: '1.2'}", CaseRequest(target="/books", version=TlsVersion.V1_2)),
        ("{userAgent: null}", CaseRequest(target="/books", user_agent=None)),
        ("{host: ''}", CaseRequest(target="/books", host="")),
        (
            "{headers: [[A, '1'], [A, '{2*2}']]}",
            CaseRequest(target="/books", headers=(("A", "1"), ("A", "22"))),
        ),
    ],
)
def test_a_request_changes_one_of_the_contracts(node, request_text, request_):
    assert read_request(node(request_text), REQUESTS) == request_


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("resumed", {"action": CaseAction.RESUMED}),
        ("{repeated: {times: 2}}", {"action": CaseAction.REPEATED, "times": 2}),
        (
            "{bad-backend: {behaviour: silent}}",
            {"action": CaseAction.BAD_BACKEND, "behaviour": Behaviour.SILENT},
        ),
    ],
)
def test_an_action_is_a_name_with_its_options(case, action, expected):
    assert case(f"action: {action}") == replace(case(), **expected)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("action: resume", "'resume' is not accepted here; accepted: plain-http"),
        ("action: repeated", "the action needs times"),
        ("action: {repeated: {}}", "the action needs times"),
        ("action: {resumed: {times: 2}}", "'times' is not accepted here"),
        ("action: {}", "must name one action"),
        ("action: {resumed: {}, flood: {}}", "must name one action"),
        ("request: {uses: delete}", "accepted: read, write, unknown, tenant"),
        ("request: {tls: '1.1'}", "accepted: 1.2, 1.3"),
        ("request: {headers: [[A]]}", "a header's name and value"),
        ("request: {headers: [[A, 1]]}", "must be a string"),
        ("breaks: [stop-everything]", "accepted: kill-authorizer"),
        ("expects: read", "accepted: name, attack, caller, expect, action, request, arrives"),
    ],
)
def test_anything_else_is_an_error(case, more, message):
    with pytest.raises(CaseFileError, match=message):
        case(more)


def test_an_answer_needs_a_gate(node):
    with pytest.raises(CaseFileError, match="'gate' is missing"):
        read_answer(node("{statuses: [403]}"))


def test_a_request_that_a_project_names_needs_a_target_and_uses_no_other(node):
    given = read_given(node("{method: POST, target: /books, body: '{}', headers: [[A, b]]}"))
    assert given == CaseRequest(method="POST", target="/books", body=b"{}", headers=(("A", "b"),))
    with pytest.raises(CaseFileError, match="'target' is missing"):
        read_given(node("{method: POST}"))
    with pytest.raises(CaseFileError, match="'uses' is not accepted"):
        read_given(node("{uses: read, target: /}"))


def test_a_changed_case_keeps_what_is_not_changed(case, node):
    changed = changed_case(
        node("{name: n, reason: r, expect: {gate: route, statuses: [403]}}"),
        case().dropped("before"),
        REQUESTS,
        ANSWERS,
    )
    assert changed == replace(case(), expect=Expect(gate=Gate.ROUTE, statuses=(403,)))


@pytest.mark.parametrize(
    ("more", "change", "message"),
    [
        ("", "{name: n, reason: r}", "must change request or expect"),
        ("", "{name: n, expect: read}", "'reason' is missing"),
        ("action: flood", "{name: n, reason: r, request: {}}", "more than one request"),
    ],
)
def test_a_change_without_effect_or_reason_is_refused(case, node, more, change, message):
    built = case(more)
    with pytest.raises(CaseFileError, match=message):
        changed_case(node(change), built, REQUESTS, ANSWERS)
