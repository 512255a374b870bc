"""A new version keeps the names in AWS: a resource whose explicit name changes is replaced.

names_in_aws.txt is written at each release: .venv/bin/python -m tests.test_upgrade
"""

from pathlib import Path

import pytest

from portcullis.graph.resource import UNKNOWN
from tests.test_main import run, self_signed_issuer

RECORD = Path(__file__).with_name("names_in_aws.txt")
PROPERTIES = ("name", "bucket", "domainName")
# They hold no data and stand before no call: a new name replaces them without loss.
REPLACEABLE = ("Dashboard", "LogMetricFilter", "MetricAlarm", "QueryDefinition")


def names(truststore):
    """The type and the explicit name of each resource of the dev stack, with every option on."""
    options = {
        "portcullis:registry": "dynamodb",
        "portcullis:provisionedConcurrency": "1",
        "portcullis:shield": "advanced",
    }
    graph = run("dev", truststore, preview=True, **options)
    return {
        f"{resource.type} {resource.inputs[key]}"
        for resource in graph
        if resource.custom
        for key in PROPERTIES
        if isinstance(resource.inputs.get(key), str)
        and resource.inputs[key] != UNKNOWN
        and not resource.type.endswith(REPLACEABLE)
    }


@pytest.fixture
def truststore(tmp_path):
    path = tmp_path / "truststore.pem"
    path.write_bytes(self_signed_issuer("Test root"))
    return path


def test_no_name_in_aws_is_lost(truststore):
    lost = set(RECORD.read_text().splitlines()) - names(truststore)
    assert lost == set(), "these resources would be replaced: keep their names"


def test_the_record_has_the_names_that_a_deploy_depends_on():
    types = {line.split()[0] for line in RECORD.read_text().splitlines()}
    assert {"aws:s3/bucket:Bucket", "aws:iam/role:Role", "aws:lambda/function:Function"} <= types
    assert "aws:apigateway/domainName:DomainName" in types


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "truststore.pem"
        bundle.write_bytes(self_signed_issuer("Test root"))
        RECORD.write_text("".join(f"{name}\n" for name in sorted(names(bundle))))
