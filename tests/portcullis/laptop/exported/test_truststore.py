"""The truststore of an export: its own content, or a file; without either, an error."""

import pytest

from portcullis.graph.resource import ASSET, SIGNATURE
from portcullis.laptop.exported.errors import SubstitutionError
from portcullis.laptop.exported.truststore import with_truststore
from tests.portcullis.laptop.exported.stacks import domain, stack, truststore_object

OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


@pytest.fixture
def bundle(tmp_path):
    file = tmp_path / "truststore.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\n")
    return file


@pytest.mark.parametrize("content", [{"content": "PEM"}, {"contentBase64": "UEVN"}])
def test_content_in_the_export_stays(content):
    graph = stack(domain(), truststore_object(**content))
    assert with_truststore(graph, None) == graph


def test_a_file_of_this_machine_stays(bundle):
    graph = stack(domain(), truststore_object(source={SIGNATURE: ASSET, "path": str(bundle)}))
    assert with_truststore(graph, None) == graph


@pytest.mark.parametrize(
    "objects",
    [
        [],
        [truststore_object()],
        [truststore_object(source={SIGNATURE: ASSET, "path": "/nowhere/truststore.pem"})],
    ],
    ids=["other-stack", "no-content", "other-machine"],
)
def test_a_truststore_that_is_only_on_aws_names_the_option(objects):
    with pytest.raises(SubstitutionError, match=r"s3://trust/truststore\.pem.*--truststore FILE"):
        with_truststore(stack(domain(), *objects), None)


@pytest.mark.parametrize(
    "objects", [[], [truststore_object(contentBase64="T0xE")]], ids=["absent", "present"]
)
def test_a_file_takes_its_place_under_the_same_version(bundle, objects):
    graph = with_truststore(stack(domain(), *objects), bundle)
    (found,) = graph.of_type(OBJECT)
    assert found.property("content") == bundle.read_text()
    assert not found.property("contentBase64")
    assert found.property("versionId") == "v7"


def test_a_domain_without_mutual_tls_needs_none():
    graph = stack(domain(mutualTlsAuthentication=None))
    assert with_truststore(graph, None) == graph


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(SubstitutionError, match=r"--truststore .*absent\.pem cannot be read"):
        with_truststore(stack(domain()), tmp_path / "absent.pem")
