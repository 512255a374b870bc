"""The requests that cases start from, and the cases that a contract rules out."""

import pytest

from portcullis.acceptance.catalog.matrix import build
from portcullis.acceptance.errors import NoReadError
from portcullis.acceptance.matrix.need import Need
from tests.portcullis.contract.contracts import ORDERS

HEAD = 'openapi: 3.0.3\ninfo: {title: T, version: "1"}\npaths:\n'
GET = "{x-scope: s, responses: {}}"


@pytest.fixture
def matrix(tmp_path):
    def of(text):
        (tmp_path / "contract.yaml").write_text(text)
        return build(tmp_path / "contract.yaml")

    return of


def test_the_read_needs_the_least(matrix):
    assert matrix(ORDERS).read.target == "/v1/orders"
    several = (
        f"  /a/{{id}}:\n    parameters: [{{name: id, in: path, required: true}}]\n    get: {GET}\n"
    )
    assert (
        matrix(HEAD + several + f"  /longer/path: {{get: {GET}}}\n").read.target == "/longer/path"
    )


def test_the_other_calls_to_capture_a_token_with_are_the_gets(matrix):
    reads = matrix(ORDERS).reads
    assert {read.method for read in reads} == {"GET"}
    assert reads[0].target == "/v1/orders"
    assert any(read.target.startswith("/v1/orders/") for read in reads)


def test_a_contract_without_a_get_is_attacked_by_another_call(matrix):
    found = matrix(HEAD + f"  /a: {{post: {GET}}}\n")
    assert (found.read.method, found.reads) == ("POST", (found.read,))
    read = next(case for case in found.cases if case.name == "valid-read")
    assert Need.CHANGES_DATA in read.needs
    blocked = next(case for case in found.cases if case.name == "log4shell")
    assert Need.CHANGES_DATA not in blocked.needs
    key_set = [case.request for case in found.cases if "jwks.json" in case.request.target]
    assert len(key_set) == 4
    assert {(request.method, request.body) for request in key_set} == {("GET", b"")}


def test_a_contract_that_no_call_can_be_made_of_says_what_to_add(matrix):
    code = "{name: c, in: path, required: true, schema: {type: string, pattern: '(?=x)y'}}"
    with pytest.raises(NoReadError, match=r"Add examples.*acceptance/read\.yaml"):
        matrix(HEAD + f"  /a/{{c}}: {{parameters: [{code}], get: {GET}}}\n")
