"""REST APIs, stages and base path mappings, linked by ids and ARNs."""

import pytest

from portcullis.gateway.exchange import (
    Endpoint,
    Layer,
)
from portcullis.gateway.resources.model import read_graph
from portcullis.gateway.resources.unsupported import UnsupportedError


@pytest.mark.parametrize("where", ["property", "server", "root"])
def test_the_default_endpoint_may_be_disabled_in_any_of_three_places(start, good, where):
    extension = {"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}
    good.set("api", disableExecuteApiEndpoint=where == "property")
    if where == "server":
        good.body["servers"] = [{"url": "https://api.example.test", **extension}]
    elif where == "root":
        good.body.update(extension)
    response = start(good).call("/test/pets", endpoint=Endpoint.DEFAULT)
    assert response.layer is Layer.DEFAULT_ENDPOINT


def test_an_unknown_value_stops_the_start(start, good):
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    with pytest.raises(UnsupportedError, match="unknown value"):
        start(good.set("association", resourceArn=unknown))


def test_what_an_exported_stack_writes_as_empty_counts_as_not_set(start, good):
    good.set("api", policy="", binaryMediaTypes=[], minimumCompressionSize="")
    good.set("stage", canarySettings=None, clientCertificateId="", documentationVersion="")
    good.set("domain", certificateArn="", ownershipVerificationCertificateArn="")
    good.set("permission", eventSourceToken="", functionUrlAuthType="", sourceAccount="")
    good.resources["web_acl"][1]["rules"][0] |= {"overrideAction": None, "ruleLabels": []}
    assert start(good).call().status == 200


def test_two_web_acls_on_one_stage_stop_the_start(start, good):
    kind, properties = good.resources["association"]
    with pytest.raises(UnsupportedError, match="two web ACLs"):
        start(good.add("second", kind, **properties))


@pytest.mark.parametrize(
    ("resource", "properties", "words"),
    [
        ("api", {"body": None}, "no OpenAPI body"),
        ("api", {"policy": "{}"}, "resource policy"),
        ("api", {"binaryMediaTypes": ["image/png"]}, "binary media types"),
        ("api", {"minimumCompressionSize": "0"}, "compression"),
        ("api", {"parameters": {"basepath": "prepend"}}, "import parameters"),
        ("stage", {"canarySettings": {"percentTraffic": 5}}, "canarySettings"),
        ("stage", {"cacheClusterEnabled": True}, "caching"),
        ("stage", {"clientCertificateId": "c"}, "clientCertificateId"),
        ("stage", {"deployment": "another"}, "deployment"),
        ("stage", {"restApi": "another"}, "restApi"),
        ("mapping", {"stageName": "prod"}, "no stage 'prod'"),
        ("mapping", {"restApi": "another"}, "restApi"),
        ("mapping", {"domainName": "other.test"}, "not a custom domain"),
    ],
)
def test_what_is_not_emulated_or_does_not_fit_stops_the_start(good, resource, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        read_graph(good.set(resource, **properties).graph())


def test_a_graph_without_a_rest_api_stops_the_start(good):
    for name in ("api", "stage", "mapping", "domain"):
        good.remove(name)
    with pytest.raises(UnsupportedError, match="it has no REST API"):
        read_graph(good.graph())


def test_the_execution_arn_gives_account_and_region(good):
    (api,) = read_graph(good.graph()).apis
    assert (api.account, api.region) == ("111122223333", "eu-central-1")


def test_a_deployment_of_another_api_does_not_serve_the_stage(good):
    with pytest.raises(UnsupportedError, match="no such deployment"):
        read_graph(good.set("deployment", restApi="another").graph())
