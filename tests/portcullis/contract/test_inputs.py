"""What a caller sends to each operation, with the examples that the upload does not have."""

import pytest

from portcullis.acceptance.generated.values import Values
from portcullis.contract.inputs import ABSENT, ContractInputs
from tests.portcullis.contract.contracts import ORDERS, PETSTORE

PAGE = "Page: {name: page, in: query, schema: {$ref: '#/components/schemas/page_v1'}}"


@pytest.fixture
def inputs(tmp_path):
    def of(text):
        (tmp_path / "contract.yaml").write_text(text)
        found = ContractInputs.load(tmp_path / "contract.yaml")
        operations = {f"{o.operation.method} {o.operation.path}": o for o in found.operations}
        return operations, found

    return of


def test_every_operation_with_a_scope_is_there_with_its_paths_parameters(inputs):
    operations, _ = inputs(ORDERS)
    assert len(operations) == 4
    tenant, page = operations["GET /v1/orders"].parameters
    assert (tenant.name, tenant.place, tenant.required, tenant.is_validated) == (
        *("X-Tenant", "header"),
        *(True, True),
    )
    assert (page.schema, page.required, page.example) == ({"type": "integer"}, False, ABSENT)
    (order_id,) = operations["DELETE /v1/orders/{orderId}"].parameters
    assert order_id.schema["format"] == "uuid"
    assert not order_id.is_validated


def test_a_header_that_the_gateway_sets_is_not_sent(inputs):
    text = ORDERS.replace("name: X-Tenant", "name: Authorization")
    operations, _ = inputs(text)
    assert [p.name for p in operations["GET /v1/orders"].parameters] == ["page"]


def test_the_key_set_is_not_called_with_a_scope():
    found = ContractInputs.load(PETSTORE)
    assert {o.operation.scope for o in found.operations} == {"pets:read", "pets:write"}


def test_a_body_has_its_schema_as_written_and_the_model_that_is_validated(inputs):
    operations, found = inputs(ORDERS)
    body = operations["POST /v1/orders"].body
    assert (body.media_type, body.required) == ("application/json", True)
    assert body.model == {"$ref": "#/components/schemas/Order"}
    assert "nullable" in found.schemas["Order"]["properties"]["note"]
    assert operations["GET /v1/orders"].body is None


@pytest.mark.parametrize(
    ("written", "example"),
    [
        ("example: {sku: a}", {"sku": "a"}),
        ("example: null", None),
        ("examples: {one: {value: {sku: b}}, two: {value: 1}}", {"sku": "b"}),
        ("examples: {one: {summary: none}}", ABSENT),
    ],
)
def test_the_first_example_is_taken(inputs, written, example):
    text = ORDERS.replace(
        'schema: {$ref: "#/components/schemas/Order"}}}\n      responses: {201',
        (f'schema: {{$ref: "#/components/schemas/Order"}}, {written}}}}}\n      responses: {{201'),
    )
    assert text != ORDERS
    assert inputs(text)[0]["POST /v1/orders"].body.example == example


def test_a_body_without_json_is_not_validated(inputs):
    text = ORDERS.replace(
        "content: {application/json: {schema: {$ref", "content: {text/csv: {schema: {$ref"
    )
    body = inputs(text)[0]["POST /v1/orders"].body
    assert (body.media_type, body.model) == ("text/csv", None)


def test_a_parameter_with_another_name_in_api_gateway_keeps_its_schema_and_example(inputs):
    lines = """\
  /v1/orders/{id}/lines:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}, example: 7}
    get: {x-scope: orders:read, responses: {"200": {description: ok}}}
components:
"""
    text = ORDERS.replace("components:\n", lines)
    (parameter,) = inputs(text)[0]["GET /v1/orders/{orderId}/lines"].parameters
    assert (parameter.name, parameter.schema, parameter.example) == (
        "orderId",
        {"type": "integer"},
        7,
    )


def test_a_schema_with_another_name_in_api_gateway_makes_a_value(inputs):
    text = ORDERS.replace("Page: {name: page, in: query, schema: {type: integer}}", PAGE)
    _, found = inputs(text.replace("  schemas:\n", "  schemas:\n    page_v1: {type: integer}\n"))
    page = found.operations[0].parameters[1]
    assert page.schema == {"$ref": "#/components/schemas/page_v1"}
    assert Values(found.schemas, found.models).of(page.schema) == 1
