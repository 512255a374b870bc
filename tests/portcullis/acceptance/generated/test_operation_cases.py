"""The cases of each operation: what API Gateway must refuse is sent, and a valid call is valid."""

import json

import pytest
import yaml

from portcullis.acceptance.catalog.matrix import OPERATIONS, build
from portcullis.acceptance.generated.values import accepts
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.wire.outcome import Answer
from tests.portcullis.contract.contracts import ORDERS

PARTS = """\
openapi: 3.0.3
info: {title: Parts, version: "1"}
paths:
  /parts/{serial}:
    parameters: [{name: serial, in: path, required: true, schema: {type: string}, example: A/1}]
    get:
      x-scope: parts:read
      parameters:
        - {name: at, in: query, required: true, schema: {type: string, format: date}}
        - {name: session, in: cookie, required: true, schema: {type: integer}}
        - {name: tags, in: query, required: true, schema: {type: array, minItems: 2, items: {}}}
      responses: {"200": {description: ok}}
    head: {x-scope: parts:read, responses: {"200": {description: ok}}}
    put:
      x-scope: parts:write
      requestBody: {content: {text/csv: {example: "a,b"}}}
      responses: {"200": {description: ok}}
  /parts:
    post:
      x-scope: parts:write
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [kind]
              additionalProperties: false
              properties:
                kind: {type: string, enum: [bolt]}
                size: {type: integer, minimum: 1, maximum: 9}
                code: {type: string, pattern: "^[A-Z]+$", minLength: 2}
                tags: {type: array, minItems: 1}
      responses: {"201": {description: made}}
  /codes/{code}:
    get:
      x-scope: parts:read
      parameters:
        - {name: code, in: path, required: true, schema: {type: string, pattern: "^[A-Z]{3}$"}}
      responses: {"200": {description: ok}}
"""


@pytest.fixture
def cases(tmp_path):
    def of(text, **options):
        file = tmp_path / "contract.yaml"
        file.write_text(text)
        return {case.name: case for case in build(file, **options).section(OPERATIONS)}

    return of


def test_a_valid_call_has_every_required_parameter_in_its_place(cases):
    request = cases(PARTS)["get-parts-serial-valid"].request
    assert request.target == "/parts/A%2F1?at=2026-01-31&tags=example&tags=example"
    assert request.headers == (("Cookie", "session=1"),)
    assert request.scope == "parts:read"


def test_a_body_of_another_media_type_is_sent_and_not_validated(cases):
    found = cases(PARTS.replace("requestBody: {content", "requestBody: {required: true, content"))
    request = found["put-parts-serial-valid"].request
    assert (request.body, dict(request.headers)) == (b"a,b", {"Content-Type": "text/csv"})
    assert not [name for name in found if name.startswith("put-parts-serial-body")]


def test_each_operation_is_tried_without_its_scope(cases):
    found = cases(ORDERS)
    for method, scope in (("get", "orders:read"), ("delete", "orders:write")):
        case = found[f"{method}-v1-orders-orderid-missing-scope"]
        assert (case.caller, case.request.scope) == (CaseCaller.WITHOUT_SCOPE, scope)
        assert case.expect.gate is Gate.AUTHORIZER


def test_a_wrong_method_is_tried_once_for_each_path(cases):
    found = [name for name in cases(ORDERS) if name.endswith("-wrong-method")]
    assert found == ["get-v1-orders-wrong-method", "get-v1-orders-orderid-wrong-method"]


def test_a_required_parameter_is_left_out_and_sent_blank(cases):
    found = cases(PARTS)
    missing, blank = (found[f"get-parts-serial-at-{kind}"] for kind in ("missing", "blank"))
    assert missing.request.target == "/parts/A%2F1?tags=example&tags=example"
    assert "at=%20&" in blank.request.target
    assert missing.expect.body == {"message": "Missing required request parameters: [at]"}
    # API Gateway does not check cookies, and a path parameter cannot be missing.
    assert not [name for name in found if "session" in name or "serial-serial" in name]


def test_each_kind_of_body_that_the_model_forbids_is_sent_once(cases):
    found = cases(PARTS)
    model = yaml.safe_load(PARTS)["paths"]["/parts"]["post"]["requestBody"]["content"]
    schema = model["application/json"]["schema"]
    bad = {n.removeprefix("post-parts-body-"): c for n, c in found.items() if "parts-body-" in n}
    other = bad.pop("of-another-media-type")
    assert set(bad) == {
        *("not-json", "missing", "of-another-type", "without-a-member", "with-an-extra-member"),
        *("with-a-wrong-type", "outside-enum", "below-minimum", "above-maximum", "too-short"),
        *("against-pattern", "too-few-items"),
    }
    for name, case in bad.items():
        assert case.expect.gate is Gate.VALIDATION
        if name != "not-json":
            assert not accepts(schema, {}, json.loads(case.request.body or b"{}")), name
    assert accepts(schema, {}, json.loads(found["post-parts-valid"].request.body))
    assert other.expect.gate is Gate.BACKEND


def test_a_body_that_the_model_accepts_is_no_attack(cases):
    """An empty body is an empty object to API Gateway, and this model takes it."""
    loose = PARTS.replace("required: [kind]", "description: any").replace(
        "additionalProperties: false", "title: Part"
    )
    found = cases(loose)
    assert not {"post-parts-body-missing", "post-parts-body-with-an-extra-member"} & set(found)


def test_an_answer_to_head_has_no_body_to_compare(cases):
    found = cases(PARTS)
    head = found["head-parts-serial-missing-scope"].expect
    assert (head.body, head.contains) == (None, "")
    assert found["get-parts-serial-missing-scope"].expect.contains


def test_a_missing_scope_is_refused_by_an_implicit_or_an_explicit_deny(cases):
    expected = cases(PARTS)["get-parts-serial-missing-scope"].expect
    words = "User is not authorized to access this resource"
    for message in (words, f"{words} with an explicit deny in an identity-based policy"):
        body = json.dumps({"Message": message}, separators=(",", ":")).encode()
        headers = (("x-portcullis-layer", "authorizer"),)
        assert expected.problem(Answer(status=403, headers=headers, body=body)) is None
    body = b'{"message":"Forbidden"}'
    assert expected.problem(Answer(status=403, headers=headers, body=body)) == "the body differs"


def test_an_operation_without_an_example_is_left_out_and_still_tried_without_its_scope(cases):
    found = cases(PARTS)
    assert found["get-codes-code-valid"].left_out == (
        "needs an example in the contract: path parameter code: its pattern '^[A-Z]{3}$' needs an "
        "example"
    )
    assert found["get-codes-code-missing-scope"].left_out == ""
    given = PARTS.replace('"^[A-Z]{3}$"}', '"^[A-Z]{3}$", example: ABC}')
    assert cases(given)["get-codes-code-valid"].request.target == "/codes/ABC"


def test_only_calls_that_may_change_data_need_leave_on_a_deployed_stack(cases):
    found = cases(ORDERS, taps=False)
    changing = {name for name, case in found.items() if Need.CHANGES_DATA in case.needs}
    assert changing == {
        "post-v1-orders-valid",
        "post-v1-orders-body-of-another-media-type",
        "delete-v1-orders-orderid-valid",
    }
    assert not [case for case in found.values() if Need.TAP in case.needs]
    assert Need.TAP in cases(ORDERS)["get-v1-orders-valid"].needs


def test_a_new_operation_with_a_new_scope_is_attacked_without_a_change_of_anything_else(cases):
    route = """\
  /v1/refunds:
    post:
      x-scope: orders:refund
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
      responses: {"201": {description: made}}
components:
"""
    before, after = cases(ORDERS), cases(ORDERS.replace("components:\n", route, 1))
    assert {name: case for name, case in after.items() if name in before} == before
    new = {name.removeprefix("post-v1-refunds-") for name in set(after) - set(before)}
    assert {"valid", "missing-scope", "wrong-method", "body-missing", "body-not-json"} <= new
    assert after["post-v1-refunds-missing-scope"].request.scope == "orders:refund"


def test_the_same_contract_gives_the_same_cases(cases):
    assert cases(PARTS) == cases(PARTS)
