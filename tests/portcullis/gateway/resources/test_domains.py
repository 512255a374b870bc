"""Custom domains as the listener serves them."""

import pytest

from portcullis.gateway.resources.domains import domain_specs
from portcullis.gateway.resources.specs import DomainSpec
from portcullis.gateway.resources.unsupported import UnsupportedError

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


def test_a_domain_is_known_in_lower_case(good):
    (spec,) = domain_specs(good.set("domain", domainName="API.Example.test").graph())
    assert spec.domain_name == "api.example.test"


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"securityPolicy": "TLS_1_0"}, "TLS_1_0 is not emulated. Set TLS_1_2"),
        ({"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09"}, "Set TLS_1_2"),
        ({"domainName": "*.example.test"}, "wildcard"),
        ({"domainName": ""}, "it has no domainName"),
        ({"endpointConfiguration": {"types": "EDGE"}}, "EDGE"),
    ],
)
def test_a_domain_that_is_not_emulated_stops_the_start(good, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        domain_specs(good.set("domain", **properties).graph())
