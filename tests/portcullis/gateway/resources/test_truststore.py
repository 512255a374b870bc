"""The truststore bundle: the object and version that the domain pins."""

import base64

import pytest

from portcullis.gateway.resources.domains import domain_specs
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import ASSET, SIGNATURE

PEM = b"-----BEGIN CERTIFICATE-----\n"


@pytest.mark.parametrize("form", ["contentBase64", "file", "text"])
def test_the_bundle_is_read_in_whatever_form_it_was_uploaded(good, tmp_path, form):
    path = tmp_path / "ca.pem"
    path.write_bytes(PEM)
    properties = {
        "contentBase64": {"contentBase64": base64.b64encode(PEM).decode()},
        "file": {"source": {SIGNATURE: ASSET, "path": str(path)}},
        "text": {"source": {SIGNATURE: ASSET, "text": PEM.decode()}},
    }[form]
    (spec,) = domain_specs(good.set("bundle", content=None, **properties).graph())
    assert spec.truststore_pem == PEM


@pytest.mark.parametrize(
    ("resource", "properties", "words"),
    [
        ("bundle", {"versionId": "v8"}, "another"),
        ("bundle", {"key": "other.pem"}, "not an object of the graph"),
        ("bundle", {"bucket": "other"}, "not an object of the graph"),
        ("bundle", {"content": None}, "cannot be read"),
        ("bundle", {"content": None, "contentBase64": "&"}, "not valid base64"),
        (
            "bundle",
            {"content": None, "source": {SIGNATURE: ASSET, "path": "/nowhere/ca.pem"}},
            "cannot be read",
        ),
        ("domain", {"mutualTlsAuthentication": {}}, "truststoreUri"),
        ("domain", {"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09"}, "TLS_1_2"),
    ],
)
def test_a_truststore_that_is_not_the_pinned_one_stops_the_start(good, resource, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        domain_specs(good.set(resource, **properties).graph())


def test_a_truststore_without_a_pinned_version_is_the_newest(good):
    good.set("domain", mutualTlsAuthentication={"truststoreUri": "s3://trust/ca.pem"})
    assert domain_specs(good.graph())[0].truststore_pem == PEM
