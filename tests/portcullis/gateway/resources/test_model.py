"""REST APIs, stages and base path mappings, linked by ids and ARNs."""

import pytest

from portcullis.gateway.resources.model import read_graph
from portcullis.gateway.resources.unsupported import UnsupportedError


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


def test_a_deployment_of_another_api_does_not_serve_the_stage(good):
    with pytest.raises(UnsupportedError, match="no such deployment"):
        read_graph(good.set("deployment", restApi="another").graph())


def test_a_stage_with_a_web_acl_that_the_graph_does_not_associate_stops_the_start(good):
    good.remove("association").set("stage", webAclArn="arn:elsewhere")
    with pytest.raises(UnsupportedError, match="webAclArn is arn:elsewhere"):
        read_graph(good.graph())


def test_the_association_goes_before_what_the_stage_remembers(good):
    (stage,) = read_graph(good.set("stage", webAclArn="arn:old").graph()).stages
    assert stage.web_acl_arn == good.resources["association"][1]["webAclArn"]


def client_certificate(good):
    return good.add(
        "certificate",
        "aws:apigateway/clientCertificate:ClientCertificate",
        id="cert12",
        pemEncodedCertificate="the PEM",
        description="Presented to the backend.",
    )


def test_a_stage_presents_its_client_certificate(start, good, upstream):
    start(client_certificate(good).set("stage", clientCertificateId="cert12"), upstream=upstream)
    assert upstream.presented == "the PEM"


def test_a_stage_without_one_presents_none(start, good, upstream):
    start(client_certificate(good), upstream=upstream)
    assert upstream.presented is None


def test_a_client_certificate_that_the_graph_lacks_stops_the_start(good):
    client_certificate(good).set("stage", clientCertificateId="another")
    with pytest.raises(UnsupportedError, match="clientCertificateId another is not in the graph"):
        read_graph(good.graph())
