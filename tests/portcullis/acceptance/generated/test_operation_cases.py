"""The cases of each operation: what API Gateway must refuse is sent, and a valid call."""

import json

from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.wire.outcome import Answer
from tests.portcullis.acceptance.generated.parts import PARTS
from tests.portcullis.contract.contracts import ORDERS


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
