"""The laptop presents certificates of its own in place of those whose keys only AWS has."""

import pytest

from portcullis.laptop.gateway_certificates import (
    CLIENT_CERTIFICATE,
    OUTPUT,
    PEM,
    GatewayCertificates,
    certificates_pem,
)
from portcullis.pki import gateway_certificate
from tests.portcullis.laptop.exported.stacks import resource, stack


@pytest.fixture
def own(tmp_path):
    return GatewayCertificates(tmp_path / "gateway")


def of_aws(name):
    pem = gateway_certificate.create().certificate_pem.decode()
    return resource(CLIENT_CERTIFICATE, name, **{PEM: pem})


def test_the_graph_and_its_output_hold_certificates_that_can_be_presented(own):
    first, second = of_aws("first"), of_aws("second")
    before = first.property(PEM) + second.property(PEM)
    graph = own.substituted(stack(first, second, **{OUTPUT: before}))
    pems = [r.property(PEM) for r in graph.of_type(CLIENT_CERTIFICATE)]
    assert graph.stack_outputs[OUTPUT] == "".join(pems) == certificates_pem(graph)
    assert not set(pems) & {first.property(PEM), second.property(PEM)}
    for pem in pems:
        found = own.find(pem)
        assert found.certificate.read_text() == pem
        assert found.key.exists()


def test_the_certificates_stay_the_same_from_run_to_run(own):
    graph = own.substituted(stack(of_aws("first")))
    assert own.substituted(stack(of_aws("first"))).resources == graph.resources


def test_a_certificate_of_aws_cannot_be_presented(own):
    of_another = of_aws("first")
    own.substituted(stack(of_another))
    assert own.find(of_another.property(PEM)) is None


def test_a_graph_without_client_certificates_stays_as_it_is(own):
    graph = stack(**{OUTPUT: ""})
    assert own.substituted(graph) == graph
    assert certificates_pem(graph) == ""
