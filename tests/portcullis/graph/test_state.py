"""`pulumi stack export` becomes the same graph."""

import json

import pytest

from portcullis.errors import ExitCode
from portcullis.graph.resource import UNKNOWN
from portcullis.graph.state import StateError, from_export, read_export

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def export():
    return {
        "version": 3,
        "deployment": {
            "resources": [
                {
                    "urn": "urn:pulumi:dev::portcullis::pulumi:pulumi:Stack::portcullis-dev",
                    "type": "pulumi:pulumi:Stack",
                    "outputs": {"url": "https://api.example.test"},
                },
                {
                    "urn": "urn:pulumi:dev::portcullis::pulumi:providers:aws::default",
                    "type": "pulumi:providers:aws",
                    "custom": True,
                },
                {
                    "urn": "urn:pulumi:dev::portcullis::aws:s3/bucket:Bucket::trust",
                    "type": "aws:s3/bucket:Bucket",
                    "custom": True,
                    "id": "trust",
                    "parent": "urn:pulumi:dev::portcullis::pulumi:pulumi:Stack::portcullis-dev",
                    "inputs": {"bucket": "trust", "hidden": SECRET | {"ciphertext": "AAAA"}},
                    "outputs": {"bucket": "trust", "arn": "arn:aws:s3:::trust"},
                    "propertyDependencies": {"bucket": None},
                    "protect": True,
                    "sourcePosition": "project:///components/mtls%20domain.py#41,9",
                },
            ]
        },
    }


def test_an_export_becomes_a_graph():
    graph = from_export(export())
    assert (graph.project, graph.stack) == ("portcullis", "dev")
    assert graph.stack_outputs == {"url": "https://api.example.test"}
    (bucket,) = graph
    assert bucket.name == "trust"
    assert bucket.property("arn") == "arn:aws:s3:::trust"
    assert bucket.flags.protect
    assert bucket.property_dependencies == {"bucket": ()}
    assert (bucket.source.path, bucket.source.line) == ("components/mtls domain.py", 41)


def test_an_encrypted_value_is_unknown_and_its_ciphertext_gone():
    (bucket,) = from_export(export())
    assert bucket.inputs["hidden"] == UNKNOWN


def test_a_resource_pending_deletion_is_left_out():
    document = export()
    document["deployment"]["resources"][2]["delete"] = True
    assert list(from_export(document)) == []


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([], "no deployment"),
        ({"version": 3, "deployment": None}, "no deployment"),
        ({"version": 99, "deployment": {}}, "version 99"),
        ({"version": 3, "deployment": {}}, "no stack"),
        ({"version": 3, "deployment": {"resources": [{}]}}, "malformed resource"),
        ({"version": 3, "deployment": {"resources": ["x"]}}, "malformed resource"),
    ],
)
def test_another_document_is_refused(document, says):
    with pytest.raises(StateError, match=says) as raised:
        from_export(document)
    assert raised.value.exit_code is ExitCode.MISUSE


def test_a_file_that_is_missing_or_no_json_is_refused(tmp_path):
    path = tmp_path / "export.json"
    with pytest.raises(StateError, match="cannot be read"):
        read_export(path)
    path.write_text("{")
    with pytest.raises(StateError, match="not JSON"):
        read_export(path)
    path.write_text(json.dumps(export()))
    assert read_export(path).stack == "dev"
