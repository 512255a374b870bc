"""Security policies of domains and REST APIs, and which of the two negotiates the handshake."""

import pytest

from portcullis.gateway.resources.domains import domain_specs
from portcullis.gateway.resources.security_policy import api_minimum, domain_minimum
from portcullis.gateway.resources.unsupported import UnsupportedError

TLS_1_3 = "SecurityPolicy_TLS13_1_3_2025_09"


def minimum(policy, mode=None, *, has_default_endpoint=False):
    return api_minimum(policy, mode, "api", has_default_endpoint=has_default_endpoint)


@pytest.mark.parametrize("policy", [None, "TLS_1_2"])
def test_a_domain_has_tls_1_2(policy):
    assert domain_minimum(policy, "domain") == "TLSv1.2"


@pytest.mark.parametrize("policy", ["TLS_1_0", TLS_1_3])
def test_a_domain_with_another_policy_stops_the_start(policy):
    with pytest.raises(UnsupportedError, match=rf"{policy} is not emulated\. Set TLS_1_2"):
        domain_minimum(policy, "domain")


@pytest.mark.parametrize(
    ("policy", "mode", "expected"),
    [
        (None, None, None),
        ("TLS_1_2", None, "TLSv1.2"),
        (TLS_1_3, "BASIC", "TLSv1.3"),
        (TLS_1_3, "STRICT", "TLSv1.3"),
    ],
)
def test_an_api_may_have_a_policy_of_its_own(policy, mode, expected):
    assert minimum(policy, mode) == expected


@pytest.mark.parametrize(
    ("policy", "mode", "has_default_endpoint", "words"),
    [
        ("TLS_1_0", None, False, "TLS_1_0 is not emulated"),
        ("SecurityPolicy_TLS13_1_2_PQ_2025_09", "STRICT", False, "PQ_2025_09 is not emulated"),
        (TLS_1_3, None, False, "endpointAccessMode must be BASIC or STRICT"),
        (TLS_1_3, "OPEN", False, "endpointAccessMode must be BASIC or STRICT"),
        (TLS_1_3, "STRICT", True, "on the default endpoint"),
        ("TLS_1_2", "STRICT", False, "AWS refuses endpointAccessMode"),
    ],
)
def test_a_policy_that_is_not_emulated_stops_the_start(policy, mode, has_default_endpoint, words):
    with pytest.raises(UnsupportedError, match=words):
        minimum(policy, mode, has_default_endpoint=has_default_endpoint)


def negotiated(good):
    (spec,) = domain_specs(good.graph())
    return spec.minimum_tls_version


def test_without_a_policy_of_the_api_that_of_the_domain_applies(good):
    assert negotiated(good) == "TLSv1.2"


def test_the_policy_of_the_api_goes_before_that_of_the_domain(good):
    good.set("api", securityPolicy=TLS_1_3, endpointAccessMode="STRICT")
    assert negotiated(good) == "TLSv1.3"


def test_the_policy_may_be_in_the_body_and_the_property_goes_before_it(good):
    good.body["x-amazon-apigateway-security-policy"] = TLS_1_3
    good.body["x-amazon-apigateway-endpoint-access-mode"] = "STRICT"
    assert negotiated(good) == "TLSv1.3"
    del good.body["x-amazon-apigateway-endpoint-access-mode"]
    assert negotiated(good.set("api", securityPolicy="TLS_1_2")) == "TLSv1.2"


def test_a_policy_that_the_body_asks_for_is_never_ignored(good):
    good.body["x-amazon-apigateway-security-policy"] = "TLS_1_0"
    with pytest.raises(UnsupportedError, match="TLS_1_0 is not emulated"):
        domain_specs(good.graph())


def other_api(good, **properties):
    kind, values = good.resources["api"]
    good.add("api2", kind, **{**values, "id": "api2", "body": '{"openapi": "3.0.1", "paths": {}}'})
    good.set("api2", **properties)
    good.add(
        "mapping2",
        "aws:apigateway/basePathMapping:BasePathMapping",
        domainName="api.example.test",
        restApi="api2",
        basePath="two",
    )
    return good


def test_apis_of_one_domain_with_different_policies_stop_the_start(good):
    other_api(good, securityPolicy=TLS_1_3, endpointAccessMode="BASIC")
    with pytest.raises(UnsupportedError, match="different security policies"):
        domain_specs(good.graph())


def test_an_api_without_a_policy_agrees_with_one_that_has_the_domains(good):
    assert negotiated(other_api(good, securityPolicy="TLS_1_2")) == "TLSv1.2"


def test_an_api_that_is_not_mapped_to_the_domain_has_no_say(good):
    other_api(good, securityPolicy=TLS_1_3, endpointAccessMode="BASIC").remove("mapping2")
    assert negotiated(good) == "TLSv1.2"
