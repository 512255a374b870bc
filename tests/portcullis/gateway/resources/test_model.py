"""What the outer parts get: listeners with their truststore, functions with their code."""

import base64
from pathlib import Path

import pytest

from portcullis.gateway.resources.domains import domain_specs
from portcullis.gateway.resources.functions import function_specs
from portcullis.gateway.resources.specs import DomainSpec, FunctionSpec
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import ARCHIVE, ASSET, SIGNATURE

PEM = b"-----BEGIN CERTIFICATE-----\n"


def test_a_domain_brings_the_truststore_that_it_pins(good):
    assert domain_specs(good.graph()) == (
        DomainSpec(
            domain_name="api.example.test", minimum_tls_version="TLSv1.2", truststore_pem=PEM
        ),
    )


def test_a_domain_without_mutual_tls_has_no_truststore(good):
    (spec,) = domain_specs(good.set("domain", mutualTlsAuthentication=None).graph())
    assert spec.truststore_pem is None


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


def test_a_function_brings_code_environment_limits_and_qualifiers(good):
    assert function_specs(good.graph()) == (
        FunctionSpec(
            name="authorizer",
            handler="authorizer.handler.handler",
            code=Path("authorizer.zip"),
            environment={"PORTCULLIS_AUDIENCE": "petstore"},
            timeout_seconds=5.0,
            memory_mb=512,
            concurrency=None,
            qualifiers=frozenset({"$LATEST", "3", "live"}),
        ),
    )


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"publish": False}, {"qualifiers": {"$LATEST", "live"}}),
        ({"timeout": None, "memorySize": None}, {"timeout_seconds": 3.0, "memory_mb": 128}),
        ({"reservedConcurrentExecutions": 5.0}, {"concurrency": 5}),
        ({"reservedConcurrentExecutions": 0}, {"concurrency": 0}),
        ({"reservedConcurrentExecutions": -1}, {"concurrency": None}),
        ({"environment": None}, {"environment": {}}),
    ],
)
def test_aws_defaults_stand_in_for_what_is_not_set(good, properties, expected):
    (spec,) = function_specs(good.set("function", **properties).graph())
    assert {name: getattr(spec, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("resource", "properties", "words"),
    [
        ("function", {"runtime": "nodejs22.x"}, "nodejs22.x"),
        ("function", {"packageType": "Image"}, "zip package"),
        ("function", {"layers": ["arn:layer"]}, "zip package"),
        ("function", {"code": None}, "a file on this machine"),
        ("function", {"handler": None}, "handler"),
        ("function", {"timeout": "soon"}, "a number"),
        (
            "function",
            {"code": {SIGNATURE: ARCHIVE, "uri": "https://example.test"}},
            "a file on this machine",
        ),
        ("alias", {"routingConfig": {"additionalVersionWeights": {"2": 0.1}}}, "two versions"),
    ],
)
def test_a_function_that_cannot_run_here_stops_the_start(good, resource, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        function_specs(good.set(resource, **properties).graph())


def test_every_refusal_names_the_resource_and_the_next_step(good):
    with pytest.raises(UnsupportedError) as caught:
        function_specs(good.set("function", runtime="go1.x").graph())
    assert "aws:lambda/function:Function 'function'" in str(caught.value)
    assert caught.value.exit_code == 2
    assert str(caught.value).endswith("Remove it from the program, or test this stack on AWS.")
