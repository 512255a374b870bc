"""Request validation in a body: which validator applies, what it requires."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.resources.bodies import body, extended, only, operation, read

VALIDATORS = {
    "x-amazon-apigateway-request-validators": {
        "all": {"validateRequestBody": True, "validateRequestParameters": True},
        "body": {"validateRequestBody": True},
        "none": {},
    }
}
PARAMETERS = {
    "parameters": [
        {"name": "q", "in": "query", "required": True},
        {"name": "X-A", "in": "header", "required": True},
        {"name": "free", "in": "query"},
        {"name": "c", "in": "cookie", "required": True},
    ],
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
}


@pytest.mark.parametrize(
    ("root", "own", "parameters", "has_model"),
    [
        ("all", None, ("header.X-A", "path.id", "querystring.q"), True),
        ("none", "all", ("header.X-A", "path.id", "querystring.q"), True),
        ("all", "body", (), True),
        ("all", "none", (), False),
        (None, None, (), False),
    ],
)
def test_the_operations_validator_goes_before_the_documents(root, own, parameters, has_model):
    written = operation(**PARAMETERS)
    if own is not None:
        written["x-amazon-apigateway-request-validator"] = own
    item = {"get": written, "parameters": [{"name": "id", "in": "path", "required": True}]}
    document = body({"/{id}": item}, **VALIDATORS)
    if root is not None:
        document["x-amazon-apigateway-request-validator"] = root
    found = only(document).validation
    assert (found.parameters, bool(found.models)) == (parameters, has_model)


def test_references_are_followed_within_the_document():
    document = body(
        {
            "/": {
                "post": operation(
                    parameters=[{"$ref": "#/components/parameters/Q"}],
                    requestBody={"$ref": "#/components/requestBodies/B"},
                )
            }
        },
        **VALIDATORS,
        **{"x-amazon-apigateway-request-validator": "all"},
    )
    document["components"] |= {
        "parameters": {"Q": {"name": "q", "in": "query", "required": True}},
        "requestBodies": {"B": {"content": {"application/json": {"schema": {"type": "array"}}}}},
    }
    found = only(document).validation
    assert found.parameters == ("querystring.q",)
    assert set(found.models) == {"application/json"}


def test_a_parameter_of_the_operation_replaces_that_of_the_path():
    item = {
        "get": operation(parameters=[{"name": "q", "in": "query", "required": False}]),
        "parameters": [{"name": "q", "in": "query", "required": True}],
    }
    validator = {"x-amazon-apigateway-request-validator": "all"}
    assert only(body({"/": item}, **VALIDATORS, **validator)).validation.parameters == ()


@pytest.mark.parametrize(
    "more",
    [
        {"parameters": [{"$ref": "#/components/parameters/Gone"}]},
        {"parameters": [{"$ref": "other.yaml"}]},
        {"requestBody": {"$ref": "#/components/requestBodies/Gone"}},
    ],
)
def test_a_reference_to_nothing_is_refused(more):
    validator = {"x-amazon-apigateway-request-validator": "all"}
    with pytest.raises(UnsupportedError, match="does not exist in the document"):
        read(body({"/": {"get": operation(**more)}}, **VALIDATORS, **validator))


def test_a_validator_that_is_not_declared_is_refused():
    with pytest.raises(UnsupportedError, match="request validator 'gone' does not exist"):
        read(extended("apigateway-request-validator", "gone", "operation"))
