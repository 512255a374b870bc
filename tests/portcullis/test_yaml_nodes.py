"""Nodes are those of PyYAML's own composer, but an anchor may be given twice."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from portcullis.yaml_nodes import LOADER, compose

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def composed(text: str) -> Any:
    return compose(yaml.parse(text, Loader=LOADER))


def shape(node: Any) -> tuple[Any, ...]:
    marks = (node.start_mark.line, node.start_mark.column, node.end_mark.line)
    if isinstance(node, yaml.MappingNode):
        return ("mapping", *marks, [(shape(key), shape(value)) for key, value in node.value])
    if isinstance(node, yaml.SequenceNode):
        return ("sequence", *marks, [shape(item) for item in node.value])
    return ("scalar", *marks, node.value, node.style)


@given(VALUES, st.booleans())
def test_the_nodes_are_those_of_the_library(value: Any, is_flow: Any) -> None:
    text = yaml.safe_dump([value, value], default_flow_style=is_flow)  # with aliases
    assert shape(composed(text)) == shape(yaml.compose(text, Loader=LOADER))


def test_an_alias_is_the_last_node_with_its_anchor() -> None:
    items = composed("[&a 1, *a, &a [2], *a]").value
    assert items[1] is items[0]
    assert items[3] is items[2]


def test_the_first_document_counts() -> None:
    assert composed("a\n---\n[").value == "a"
    assert composed("# nothing\n") is None


def test_an_alias_without_an_anchor_is_refused() -> None:
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        composed("- &a 1\n- *b\n")
    assert "line 2" in str(caught.value)
