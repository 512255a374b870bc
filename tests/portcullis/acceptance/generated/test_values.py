"""Values made from schemas: small, always the same, and accepted by jsonschema."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.acceptance.generated.values import NoValueError, Values, accepts

NAMED = {
    "Order": {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}},
    "Node": {
        "type": "object",
        "required": ["child"],
        "properties": {"child": {"$ref": "#/components/schemas/Node"}},
    },
    "Paid": {
        "allOf": [
            {"$ref": "#/components/schemas/Order"},
            {"type": "object", "required": ["paid"], "properties": {"paid": {"type": "boolean"}}},
        ]
    },
}
VALUES = Values(NAMED, NAMED)
SCHEMAS = [
    ({"type": "string"}, "example"),
    ({"type": "string", "maxLength": 3}, "exa"),
    ({"type": "string", "minLength": 10}, "exampleaaa"),
    ({"type": "string", "enum": ["b", "a"]}, "b"),
    ({"type": "string", "default": "d"}, "d"),
    ({"type": "string", "example": "e", "pattern": "^e$"}, "e"),
    ({"type": "string", "example": 7}, "example"),
    ({"type": "integer"}, 1),
    ({"type": "integer", "minimum": 5, "multipleOf": 4}, 8),
    ({"type": "integer", "maximum": -3}, -3),
    ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 6),
    ({"type": "number", "minimum": 0, "maximum": 1, "exclusiveMinimum": True}, 0.5),
    ({"type": "boolean"}, True),
    ({"type": "array", "items": {"type": "integer"}}, []),
    ({"type": "array", "minItems": 2, "items": {"type": "integer"}}, [1, 1]),
    ({"type": "object", "properties": {"a": {"type": "string"}}}, {}),
    ({"type": "object", "minProperties": 1, "properties": {"a": {"type": "integer"}}}, {"a": 1}),
    ({"properties": {"a": {}}, "required": ["a"]}, {"a": "example"}),
    ({"$ref": "#/components/schemas/Order"}, {"sku": "example"}),
    ({"$ref": "#/components/schemas/Paid"}, {"sku": "example", "paid": True}),
    ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, None),
    ({"oneOf": [{"type": "string", "pattern": "(?=x)y"}, {"type": "integer"}]}, 1),
    ({"type": "string", "pattern": "^MG[0-9a-fA-F]{4}$"}, "MG0000"),
    ({"type": "string", "pattern": "^[a-z]*$", "minLength": 3}, "aaaa"),
    (
        {"type": "object", "required": ["a"], "anyOf": [{"properties": {"a": {"enum": [3]}}}]},
        {"a": 3},
    ),
]


@pytest.mark.parametrize(("schema", "value"), [s for s in SCHEMAS if s[1] is not None])
def test_a_schema_gives_its_least_value(schema, value):
    assert VALUES.of(schema) == value


@pytest.mark.parametrize("format_", ["uuid", "date", "date-time", "email", "ipv4", "ipv6", "uri"])
def test_a_format_gives_a_value_of_it(format_):
    assert VALUES.of({"type": "string", "format": format_}) != "example"


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "string", "pattern": r"^([A-Z])\1$"}, "needs an example"),
        ({"type": "string", "pattern": "^a+$", "minLength": 999}, "needs an example"),
        ({"type": "string", "pattern": "^a{9}$", "maxLength": 8}, "needs an example"),
        ({"$ref": "#/components/schemas/Node"}, "refers to itself"),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "no alternative of its oneOf"),
        ({"type": "array", "minItems": 2, "uniqueItems": True, "items": {}}, "is refused"),
        ({"type": "array", "minItems": 10**9, "items": {}}, "more than 100 items"),
        ({"not": {"type": "string"}}, "is refused"),
    ],
)
def test_a_schema_that_no_value_is_made_for_says_why(schema, message):
    with pytest.raises(NoValueError, match=message):
        VALUES.of(schema)


def test_the_model_decides_whether_a_value_is_right():
    """The model is what API Gateway validates: `nullable` is not in it."""
    schema = {"type": "string", "nullable": True, "example": None}
    assert VALUES.of(schema, model={"type": "string"}) == "example"


KEYWORDS = {
    "type": st.sampled_from(["string", "integer", "number", "boolean", "array", "object", 7]),
    "enum": st.lists(st.integers() | st.text(max_size=2), max_size=2),
    "minimum": st.integers(-9, 9) | st.text(max_size=1),
    "maximum": st.integers(-9, 9),
    "exclusiveMinimum": st.booleans(),
    "multipleOf": st.integers(0, 4),
    "minLength": st.integers(0, 12),
    "maxLength": st.integers(0, 12),
    "minItems": st.integers(0, 3),
    "required": st.lists(st.sampled_from("ab"), max_size=2) | st.just("a"),
    "format": st.sampled_from(["uuid", "date", "unknown"]),
    "example": st.none() | st.integers() | st.text(max_size=2),
    "$ref": st.sampled_from(["#/components/schemas/Order", "#/components/schemas/Node"]),
}


def keywords(inner):
    several = st.lists(inner, min_size=1, max_size=2)
    nested = {
        "items": inner,
        "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        "allOf": several,
        "oneOf": several,
        "anyOf": several,
        "not": inner,
    }
    return st.fixed_dictionaries({}, optional=KEYWORDS | nested)


@given(st.recursive(st.fixed_dictionaries({}, optional=KEYWORDS), keywords, max_leaves=4))
def test_any_schema_gives_a_value_that_it_accepts_or_none(schema):
    with contextlib.suppress(NoValueError):
        value = VALUES.of(schema)
        assert accepts(schema, NAMED, value)
        assert VALUES.of(schema) == value


def test_a_schema_that_is_none_accepts_nothing():
    assert not accepts({"type": 7}, {}, "x")
