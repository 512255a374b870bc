"""Resources of a graph are found by URN and type."""

import pytest

from portcullis.graph.resource import ARCHIVE, ASSET, SIGNATURE, Graph, Resource, archive_path

A = Resource(urn="urn:a", type="t:a", name="a", inputs={"x": 1, "y": 2}, outputs={"x": 3})
B = Resource(urn="urn:b", type="t:b", name="b")
GRAPH = Graph(project="shop", stack="dev", resources=(A, B))


def test_resources_are_found_by_type_and_urn():
    assert GRAPH.of_type("t:a") == (A,)
    assert GRAPH.of_type("t:c") == ()
    assert GRAPH.by_urn("urn:b") == B
    assert GRAPH.by_urn("urn:c") is None
    assert list(GRAPH) == [A, B]


def test_an_output_comes_before_an_input():
    assert (A.property("x"), A.property("y"), A.property("z")) == (3, 2, None)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({SIGNATURE: ARCHIVE, "path": "code.zip"}, "code.zip"),
        ({SIGNATURE: ASSET, "path": "a.txt"}, "a.txt"),
        ({SIGNATURE: ASSET, "text": "a"}, None),
        ({"path": "code.zip"}, None),
        ("code.zip", None),
        (None, None),
    ],
)
def test_only_assets_and_archives_have_a_path(value, path):
    assert archive_path(value) == path
