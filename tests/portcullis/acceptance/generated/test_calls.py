"""A valid call has what the operation requires, from its examples or its schemas."""

import pytest

from tests.portcullis.acceptance.generated.parts import PARTS


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


def test_an_operation_without_an_example_is_left_out_and_still_tried_without_its_scope(cases):
    found = cases(PARTS)
    assert found["get-codes-code-valid"].left_out == (
        "needs an example in the contract: path parameter code: its pattern '^(A)(?(1)B|C)$' needs "
        "an example"
    )
    assert found["get-codes-code-missing-scope"].left_out == ""
    given = PARTS.replace('B|C)$"}', 'B|C)$", example: AB}')
    assert cases(given)["get-codes-code-valid"].request.target == "/codes/AB"


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("application/x-www-form-urlencoded: {}", b"example=1"),
        ("application/octet-stream: {}", b"example"),
        ("application/vnd.parts+json: {schema: {type: integer}}", b"1"),
    ],
)
def test_a_body_without_an_example_fits_its_media_type(cases, content, body):
    text = PARTS.replace(
        'content: {text/csv: {example: "a,b"}}', f"required: true, content: {{{content}}}"
    )
    assert cases(text)["put-parts-serial-valid"].request.body == body


def test_an_example_longer_than_the_web_acl_allows_is_no_valid_call(cases):
    text = PARTS.replace(
        "schema:\n              type: object",
        f"example: {{kind: {'a' * 9000}}}\n            schema:\n              type: object",
        1,
    )
    assert text != PARTS
    assert "8 KB" in cases(text)["post-parts-valid"].left_out


def test_an_example_that_its_schema_refuses_is_no_valid_call(cases):
    text = PARTS.replace(
        "schema:\n              type: object",
        "example: 1\n            schema:\n              type: object",
        1,
    )
    assert text != PARTS
    left_out = cases(text)["post-parts-valid"].left_out
    assert left_out.endswith("body: its schema refuses the example; correct one of them")
