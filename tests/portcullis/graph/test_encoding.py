"""A graph is the same after a trip through JSON."""

import json

from portcullis.graph.encoding import graph_from_json, graph_to_json
from portcullis.graph.resource import Graph, Resource, ResourceFlags, SourcePosition

FULL = Resource(
    urn="urn:pulumi:dev::shop::aws:s3/bucket:Bucket::a",
    type="aws:s3/bucket:Bucket",
    name="a",
    id="a-1",
    custom=True,
    parent="urn:parent",
    inputs={"bucket": "a", "tags": {"x": [1, None, True]}},
    outputs={"arn": "arn:a"},
    dependencies=("urn:x", "urn:y"),
    property_dependencies={"bucket": ("urn:x",), "tags": ()},
    flags=ResourceFlags(protect=True, ignore_changes=("tags",), aliases=("urn:old",)),
    source=SourcePosition(path="__main__.py", line=3),
)
BARE = Resource(urn="urn:b", type="x:y/z:Z", name="b")


def test_a_graph_survives_the_pipe():
    graph = Graph(
        project="shop", stack="dev", resources=(FULL, BARE), stack_outputs={"url": "https://x"}
    )
    assert graph_from_json(json.loads(json.dumps(graph_to_json(graph)))) == graph
