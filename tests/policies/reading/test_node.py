"""Every read of a node gives a known value, or raises with the path of what was missing."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.reading.node import Node, UndecidedError


def node(**properties):
    return Node(unknown_checking_proxy(properties))


KNOWN = node(
    text="a",
    number=3.0,
    digits="300",
    flag=True,
    flag_text="false",
    items=["a", {"b": "c"}],
    nested={"deep": {"leaf": "x"}, "unknown": UNKNOWN_STRING_VALUE},
    unknown=UNKNOWN_STRING_VALUE,
    empty=None,
)


def test_known_values_are_read():
    assert KNOWN["text"].text() == "a"
    assert KNOWN["number"].number() == 3
    assert KNOWN["digits"].number() == 300
    assert KNOWN["flag"].flag()
    assert not KNOWN["flag_text"].flag(default=True)
    assert [item.path for item in KNOWN["items"].items()] == ["items[0]", "items[1]"]
    assert KNOWN["items"][1]["b"].text() == "c"
    assert KNOWN["nested"]["deep"]["leaf"].path == "nested.deep.leaf"
    assert [key for key, _ in KNOWN["nested"].entries()] == ["deep", "unknown"]


def test_presence_is_known_even_where_the_value_is_not():
    assert KNOWN["unknown"].present
    assert not KNOWN["unknown"].known
    assert not KNOWN["missing"].present
    assert not KNOWN["empty"].present
    assert not KNOWN["missing"]["below"].present


def test_defaults_stand_in_for_what_is_absent_and_never_for_what_is_unknown():
    assert KNOWN["missing"].text("default") == "default"
    assert KNOWN["missing"].number(7) == 7
    assert KNOWN["missing"].flag(default=True)
    assert KNOWN["missing"].items() == []
    assert KNOWN["missing"].entries() == []
    assert KNOWN["missing"].one_or_many() == []
    for read in (lambda n: n.text("x"), lambda n: n.number(7), lambda n: n.flag(default=True)):
        with pytest.raises(UndecidedError, match="unknown is not known before the update"):
            read(KNOWN["unknown"])


@pytest.mark.parametrize(
    "read",
    [
        Node.text,
        Node.number,
        Node.flag,
        Node.items,
        Node.entries,
        Node.leaf,
        lambda n: n["below"],
        lambda n: n[0],
        lambda n: n.document("document"),
        lambda n: n.sequence("list"),
    ],
    ids=["text", "number", "flag", "items", "entries", "leaf", "key", "index", "doc", "list"],
)
def test_no_read_of_an_unknown_passes(read):
    with pytest.raises(UndecidedError, match=r"^unknown is not known"):
        read(KNOWN["unknown"])


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (KNOWN["number"].text, "number must be a string"),
        (KNOWN["text"].number, "text must be a number"),
        (KNOWN["flag"].number, "flag must be a number"),
        (KNOWN["text"].flag, "text must be true or false"),
        (KNOWN["text"].items, "text must be a list"),
        (KNOWN["items"].entries, "items must be a mapping"),
        (lambda: KNOWN["items"]["key"], "items must be a mapping"),
        (KNOWN["missing"].text, "missing is not set"),
        (lambda: KNOWN["number"].document("policy"), "number must be a mapping"),
    ],
)
def test_a_value_of_another_shape_is_undecided(read, says):
    with pytest.raises(UndecidedError, match=says):
        read()


def test_leaves_leave_out_what_is_unknown():
    assert [leaf.path for leaf in KNOWN["nested"].leaves()] == ["nested.deep.leaf"]


def test_one_value_stands_for_a_list_of_one():
    assert [n.text() for n in KNOWN["text"].one_or_many()] == ["a"]
    assert len(KNOWN["items"].one_or_many()) == 2
    with pytest.raises(UndecidedError):
        [n.text() for n in KNOWN["unknown"].one_or_many()]


@pytest.mark.parametrize(
    "text", ['{"a": {"b": 1}}', "a: {b: 1}\n", "a:\n  b: 1\n"], ids=["json", "flow", "yaml"]
)
def test_documents_are_read_as_json_or_yaml(text):
    assert Node(text, "body").document("document")["a"]["b"].number() == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "[]",
        "{",
        '{"a": 1, "a": 2}',
        '{"x": {"a": 1, "a": 2}}',
        "a: 1\na: 2\n",
        "x: {a: 1, a: 2}\n",
        "!!python/object/apply:os.system [ls]",
        "[" * 5000,
        "{" * 5000,
    ],
)
def test_what_is_no_document_or_could_be_read_in_two_ways_is_undecided(text):
    with pytest.raises(UndecidedError, match="body is not a valid document in JSON or YAML"):
        Node(text, "body").document("document")


def test_keys_that_are_no_texts_can_be_walked():
    responses = Node("responses: {200: {x: 1}}", "body").document("document")["responses"]
    ((status, response),) = responses.entries()
    assert status == "200"
    assert response["x"].number() == 1


@given(st.text())
def test_any_text_is_a_document_or_undecided(text):
    with suppress(UndecidedError):
        Node(text, "body").document("document").entries()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_any_value_can_be_walked_to_its_leaves(value):
    for leaf in Node(unknown_checking_proxy({"x": value})).leaves():
        assert leaf.leaf() is not None
