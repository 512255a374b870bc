"""Typed access to properties: absent, unknown, mistyped, and other properties."""

import pytest

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import UNKNOWN

READERS = ("text", "number", "integer", "flag", "block", "blocks", "texts", "text_map")


def block(**values):
    return Block(values, "api 'a'")


@pytest.mark.parametrize("reader", READERS)
def test_an_unknown_value_is_refused_by_every_reader(reader):
    with pytest.raises(UnsupportedError, match="api 'a': its x is an unknown value"):
        getattr(block(x=UNKNOWN), reader)("x")


def test_an_unknown_entry_of_a_list_is_refused():
    with pytest.raises(UnsupportedError, match="an entry of its x is an unknown value"):
        block(x=["a", UNKNOWN]).texts("x")


@pytest.mark.parametrize(
    ("reader", "absent"),
    [
        ("text", None),
        ("number", None),
        ("integer", None),
        ("flag", False),
        ("block", None),
        ("blocks", []),
        ("texts", []),
        ("text_map", {}),
    ],
)
def test_absent_and_null_are_the_same(reader, absent):
    assert getattr(block(), reader)("x") == absent
    assert getattr(block(x=None), reader)("x") == absent


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        ("number", 5.0, 5.0),
        ("number", "2.5", 2.5),
        ("integer", 5.0, 5),
        ("integer", "7", 7),
        ("flag", True, True),
        ("texts", ["a"], ["a"]),
        ("text_map", {"a": "b", "c": None}, {"a": "b"}),
    ],
)
def test_a_value_is_read_in_the_forms_of_the_engine(reader, value, expected):
    assert getattr(block(x=value), reader)("x") == expected


@pytest.mark.parametrize(
    ("reader", "value", "words"),
    [
        ("text", 1.0, "its x must be a string, but is a number"),
        ("text", ["a"], "its x must be a string, but is a list"),
        ("number", "many", "its x must be a number, but is a string"),
        ("number", True, "its x must be a number, but is a boolean"),
        ("integer", 1.5, "its x must be a whole number, but is a number"),
        ("flag", "true", "its x must be true or false, but is a string"),
        ("block", [], "its x must be an object, but is a list"),
        ("blocks", [1], "its x must be a list of objects, but is a list"),
        ("blocks", {}, "its x must be a list of objects, but is a object"),
        ("texts", "a", "its x must be a list of strings, but is a string"),
        ("texts", [1], "its x must be a list of strings"),
        ("text_map", {"a": 1}, "api 'a', x: its a must be a string"),
    ],
)
def test_a_mistyped_value_is_refused(reader, value, words):
    with pytest.raises(UnsupportedError, match=words):
        getattr(block(x=value), reader)("x")


@pytest.mark.parametrize(
    ("reader", "value"),
    [("required_text", ""), ("required_text", None), ("required_integer", None),
     ("required_block", None)],
)  # fmt: skip
def test_a_required_property_must_be_set(reader, value):
    with pytest.raises(UnsupportedError, match="api 'a': it has no x"):
        getattr(block(x=value), reader)("x")


def test_a_place_names_the_way_into_the_resource():
    inner = block(rules=[{"action": {"block": 1}}]).blocks("rules")[0].required_block("action")
    assert inner.place == "api 'a', rules[0], action"


@pytest.mark.parametrize("value", [None, "", []])
def test_what_an_exported_stack_writes_as_empty_is_not_set(value):
    assert "x" not in block(x=value)
    block(x=value).only("y")


@pytest.mark.parametrize("value", [False, 0, {}, "a", [1]])
def test_another_property_that_is_set_is_refused(value):
    with pytest.raises(UnsupportedError, match="api 'a': x is not emulated"):
        block(y=1, x=value).only("y")


def test_notes_of_the_provider_bridge_are_no_properties():
    assert block(__defaults=["a"], y=1).names() == ["y"]
    block(__defaults=["a"], y=1).only("y")
