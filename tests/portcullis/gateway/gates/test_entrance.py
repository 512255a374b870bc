"""The stage of a call: by base path on a custom domain, by the first segment elsewhere."""

import json

import pytest

from portcullis.gateway.exchange import (
    Endpoint,
    Layer,
    VerifyFailure,
)
from portcullis.gateway.gates.entrance import host_of

FORBIDDEN = b'{"message":"Forbidden"}'


def test_with_the_default_endpoint_enabled_the_first_segment_names_the_stage(start, good):
    laptop = start(good.set("api", disableExecuteApiEndpoint=False))
    assert laptop.call("/test/pets", endpoint=Endpoint.DEFAULT).status == 200
    assert laptop.functions.event["path"] == "/pets"
    assert laptop.functions.event["requestContext"]["path"] == "/test/pets"
    unknown = laptop.call("/prod/pets", endpoint=Endpoint.DEFAULT)
    assert (unknown.status, unknown.body, unknown.layer) == (403, FORBIDDEN, Layer.ROUTE)


def test_a_domain_without_any_mapping_answers_forbidden(start, good):
    response = start(good.remove("mapping")).call()
    assert (response.status, response.body) == (403, FORBIDDEN)
    assert response.layer is Layer.CUSTOM_DOMAIN


@pytest.mark.parametrize("target", ["/v1/pets", "//v1/pets", "/v1//pets"])
def test_a_base_path_is_taken_off_before_the_route_and_stays_in_the_event(start, good, target):
    laptop = start(good.set("mapping", basePath="v1"))
    assert laptop.call(target).status == 200
    event = laptop.functions.event
    assert event["path"] == "/v1" + target[target.index("v1") + 2 :]
    assert event["resource"] == "/pets"
    assert event["methodArn"].endswith(":abcdef123/test/GET/pets")


@pytest.mark.parametrize("target", ["/pets", "/v1x/pets", "/v/1/pets", "/"])
def test_a_path_outside_every_base_path_is_forbidden(start, good, target):
    response = start(good.set("mapping", basePath="v1")).call(target)
    assert (response.status, response.layer) == (403, Layer.CUSTOM_DOMAIN)


def test_the_longer_base_path_wins_over_the_root(start, good):
    good.add(
        "mapping2",
        "aws:apigateway/basePathMapping:BasePathMapping",
        domainName="api.example.test",
        restApi="abcdef123",
        stageName="test",
        basePath="pets",
    )
    laptop = start(good)
    assert laptop.call("/pets/pets").status == 200
    assert laptop.call("/pets").layer is Layer.ROUTE  # the root of the API behind "pets"


def test_a_mapping_without_a_stage_lets_the_path_choose_it(start, good):
    laptop = start(good.set("mapping", stageName=None))
    assert laptop.call("/test/pets").status == 200
    assert laptop.call("/pets").layer is Layer.ROUTE


@pytest.mark.parametrize(
    ("sent", "host"),
    [
        ("api.example.test", "api.example.test"),
        ("API.Example.test:8443", "api.example.test"),
        ("api.example.test.", "api.example.test"),
        ("[2001:db8::1]:443", "[2001:db8::1]"),
        ("", ""),
    ],
)
def test_the_host_is_compared_without_port_and_case(laptop, sent, host):
    assert host_of(laptop.request(host=sent)) == host


def test_the_access_log_of_a_refused_certificate_is_that_of_the_mapped_stage(start, good):
    good.set("mapping", basePath="v1")
    laptop = start(good)
    failure = VerifyFailure(code=20, depth=0, message="unable to get local issuer certificate")
    laptop.call("/v1/pets", verify_failure=failure)
    laptop.call("/elsewhere", verify_failure=failure)
    assert [json.loads(line)["path"] for line in laptop.access_log] == ["/v1/pets"]
