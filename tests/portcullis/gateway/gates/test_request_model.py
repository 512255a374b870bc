"""Models with patterns that Python's own regular expressions do not know."""

import pytest

from portcullis.gateway.gates.request_model import request_model
from portcullis.gateway.resources.unsupported import UnsupportedError

NAMES = {
    "type": "object",
    "properties": {"id": {"type": "integer"}},
    "patternProperties": {r"^\p{Lu}": {"type": "string"}},
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"pattern": r"^\p{L}+$"}, "Größe", "Gr0"),
        ({"pattern": r"^(?<year>[0-9]{4})-"}, "2026-11", "26-11"),
        ({"pattern": "a+"}, 5, "b"),
        (NAMES, {"id": 1, "Étage": "2"}, {"id": 1, "étage": "2"}),
        (NAMES, {"Étage": "2"}, {"Étage": 2}),
        (NAMES | {"additionalProperties": {"type": "null"}}, {"a": None}, {"a": 1}),
        ({"additionalProperties": False}, [], {"a": 1}),
    ],
)
def test_a_pattern_decides(schema, good, bad):
    model = request_model(schema, "POST /a")
    assert model.is_valid(good)
    assert not model.is_valid(bad)


@pytest.mark.parametrize("bound", [{"minItems": 2}, {"maxItems": 0}])
def test_the_number_of_items_is_not_checked_as_on_aws(bound):
    model = request_model({"type": "array", "items": {"type": "integer"}} | bound, "POST /a")
    assert model.is_valid([1])
    assert not model.is_valid(["a"])


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "["},
        {"patternProperties": {"(": {}}},
        {"allOf": [{"properties": {"a": {"pattern": "*"}}}]},
        {"type": "float"},
    ],
)
def test_what_cannot_be_read_is_unsupported(schema):
    with pytest.raises(UnsupportedError, match=r"POST /a.*draft 4"):
        request_model(schema, "POST /a")


def test_a_value_that_looks_like_a_pattern_is_not_one():
    assert request_model({"enum": [{"pattern": "["}]}, "POST /a").is_valid({"pattern": "["})


def test_the_message_names_the_extra_properties():
    (error,) = request_model({"additionalProperties": False}, "x").iter_errors({"b": 1, "a": 2})
    assert error.message == "Additional properties are not allowed ('a', 'b' were unexpected)"
