"""Request validation: presence of parameters, and bodies against their model."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.gates.request_model import request_model
from portcullis.gateway.gates.validation import RequestValidator, _errors
from portcullis.gateway.resources.request_validation import Validation
from portcullis.gateway.resources.unsupported import UnsupportedError

TENANT = (("X-Tenant", "t"),)


def posted(laptop, body, content_type="application/json"):
    headers = () if content_type is None else (("Content-Type", content_type),)
    return laptop.call("/pets", "POST", body=body, headers=headers)


@pytest.mark.parametrize(
    ("body", "is_valid"),
    [
        (b'{"type": "dog"}', True),
        (b'{"type": "dog", "price": 1.5}', True),
        (b'{"type": "dog", "colour": "red"}', True),
        (b"{}", False),
        (b"", False),
        (b'{"type": 1}', False),
        (b'{"type": "dog", "price": "1"}', False),
        (b'{"type": "dog", "price": NaN}', False),
        (b"[]", False),
        (b"null", False),
        (b'{"type": "dog"', False),
        (b'{"type": "dog"} {}', False),
        (b'\xff{"type": "dog"}', False),
        (b"[" * 100_000, False),
    ],
)
def test_a_body_has_to_fit_its_model(laptop, body, is_valid):
    response = posted(laptop, body)
    if is_valid:
        assert (response.status, laptop.upstream.last.body) == (200, body)
    else:
        assert (response.status, response.body) == (400, b'{"message":"Invalid request body"}')
        assert laptop.upstream.requests == []


@pytest.mark.parametrize(
    ("content_type", "is_checked"),
    [
        (None, True),
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("text/plain", False),
        ("application/json5", False),
    ],
)
def test_only_a_content_type_with_a_model_is_checked(laptop, content_type, is_checked):
    assert posted(laptop, b"no json", content_type).status == (400 if is_checked else 200)


def test_a_default_model_checks_every_content_type(start, good):
    content = good.operation("/pets", "post")["requestBody"]["content"]
    content["$default"] = content["application/json"]
    assert posted(start(good), b"no json", "text/plain").status == 400


@pytest.mark.parametrize(
    ("headers", "missing"),
    [
        (TENANT, False),
        ((("X-Tenant", ""), ("X-Tenant", "t")), False),
        ((), True),
        ((("X-Tenant", ""),), True),
        ((("X-Tenant", "  "),), True),
        ((("x-tenant", "t"),), True),
    ],
)
def test_a_required_header_has_to_be_there_under_its_exact_name(laptop, headers, missing):
    response = laptop.call("/pets/1", headers=headers)
    assert (response.status == 400) is missing


def test_missing_parameters_are_listed_in_aws_order(start, good):
    good.operation("/pets", "get")["parameters"] = [
        {"name": "z", "in": "query", "required": True},
        {"name": "a", "in": "query", "required": True},
        {"name": "X-B", "in": "header", "required": True},
    ]
    response = start(good).call("/pets?a=&b=1")
    assert response.body == b'{"message":"Missing required request parameters: [X-B, a, z]"}'


def test_what_is_wrong_stands_in_the_validation_error(laptop):
    posted(laptop, b'{"type": 1, "price": "x"}')
    error = laptop.seen[-1][0].context["error.validationErrorString"]
    assert error.startswith("[")
    assert "is not of type" in error


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "nothing"}, "draft 4"),
        ({"$ref": "#/components/schemas/Gone"}, "does not exist in the document"),
        ({"$ref": "https://example.test/schema"}, "does not exist in the document"),
        ({"properties": {"a": {"$ref": "#/definitions/X"}}}, "does not exist in the document"),
    ],
)
def test_a_model_that_cannot_be_read_stops_the_start(start, good, schema, words):
    content = {"application/json": {"schema": schema}}
    good.operation("/pets", "post")["requestBody"] = {"content": content}
    with pytest.raises(UnsupportedError, match=words):
        start(good)


def test_models_may_refer_to_each_other_and_themselves(start, good):
    good.body["components"]["schemas"]["Pet"]["properties"]["mother"] = {
        "$ref": "#/components/schemas/Pet"
    }
    laptop = start(good)
    assert posted(laptop, b'{"type": "a", "mother": {"type": "b"}}').status == 200
    assert posted(laptop, b'{"type": "a", "mother": {"type": 1}}').status == 400


MODEL = request_model({"type": "object", "required": ["a"]}, "test")


@given(body=st.binary(max_size=60) | st.text(max_size=40).map(lambda t: json.dumps(t).encode()))
def test_no_body_breaks_the_validation(body):
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        document = None
    fits = isinstance(document, dict) and "a" in document
    assert (not _errors(MODEL, body)) is fits


def test_a_validator_without_anything_to_check_says_so():
    assert RequestValidator(Validation(), "x").checks_nothing
    assert RequestValidator(Validation(models={}), "x").checks_nothing
