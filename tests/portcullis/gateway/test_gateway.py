"""A call through every gate, and what is left when one gate is taken out of the graph.

Each gate's own cases are in the module of its name.
"""

import json
import re

import pytest

from portcullis.gateway.exchange import (
    Endpoint,
    InvocationResult,
    Layer,
    UpstreamAnswer,
    VerifyFailure,
)

UNKNOWN_ISSUER = VerifyFailure(code=20, depth=0, message="unable to get local issuer certificate")
FORBIDDEN = b'{"message":"Forbidden"}'
FORGED = (("authorization", "Bearer forged"), ("X-Forwarded-For", "198.51.100.1"))


def header(response, name):
    return next((v for n, v in response.headers if n.lower() == name.lower()), None)


def deny(event):
    return {
        "principalId": "x",
        "policyDocument": {
            "Statement": [{"Action": "*", "Effect": "Deny", "Resource": event["methodArn"]}]
        },
        "context": {"reason": "suspended"},
    }


def test_a_permitted_call_reaches_the_backend_with_the_minted_token(laptop):
    response = laptop.call(headers=FORGED)
    assert (response.status, response.layer, response.body) == (200, Layer.BACKEND, b"[]")
    assert laptop.upstream.last.url == "http://backend.test:8081/pets"
    assert laptop.upstream.last.all("authorization") == ["Bearer minted"]


def test_every_answer_carries_aws_ids(laptop):
    for response in (laptop.call(), laptop.call("/nowhere"), laptop.call(source_ip="192.0.2.1")):
        assert re.fullmatch(
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
            header(response, "x-amzn-RequestId"),
        )
        assert re.fullmatch(r"[A-Za-z0-9+/]{15}=", header(response, "x-amz-apigw-id"))


@pytest.mark.parametrize(
    ("changes", "status", "layer", "body"),
    [
        pytest.param(
            {"verify_failure": UNKNOWN_ISSUER}, 403, Layer.TRUSTSTORE, FORBIDDEN, id="bad chain"
        ),
        pytest.param({"certificate": None}, 403, Layer.TRUSTSTORE, FORBIDDEN, id="no certificate"),
        pytest.param(
            {"endpoint": Endpoint.DEFAULT}, 403, Layer.DEFAULT_ENDPOINT, FORBIDDEN, id="default"
        ),
        pytest.param({"host": "other.test"}, 403, Layer.CUSTOM_DOMAIN, FORBIDDEN, id="host"),
        pytest.param({"server_name": "other.test"}, 403, Layer.CUSTOM_DOMAIN, FORBIDDEN, id="sni"),
        pytest.param({"server_name": None}, 403, Layer.CUSTOM_DOMAIN, FORBIDDEN, id="no sni"),
        pytest.param({"source_ip": "192.0.2.1"}, 403, Layer.WEB_ACL, FORBIDDEN, id="address"),
        pytest.param({"source_ip": "2001:db8::1"}, 403, Layer.WEB_ACL, FORBIDDEN, id="ipv6"),
        pytest.param({"target": "/%zz"}, 400, Layer.ROUTE, b'{"message":"Bad Request"}', id="path"),
        pytest.param(
            {"target": "/pets/1"},
            400,
            Layer.VALIDATION,
            b'{"message":"Missing required request parameters: [X-Tenant]"}',
            id="parameter",
        ),
        pytest.param(
            {"method": "POST", "body": b"{}"},
            400,
            Layer.VALIDATION,
            b'{"message":"Invalid request body"}',
            id="body",
        ),
        pytest.param(
            {"method": "DELETE"},
            403,
            Layer.ROUTE,
            b'{"message":"Missing Authentication Token"}',
            id="method",
        ),
    ],
)
def test_a_gate_that_refuses_is_named_and_nothing_behind_it_is_reached(
    laptop, changes, status, layer, body
):
    response = laptop.call(**changes)
    assert (response.status, response.layer, response.body) == (status, layer, body)
    assert laptop.upstream.requests == []
    assert header(response, "x-amzn-ErrorType") == response.error_type != ""
    if layer is not Layer.VALIDATION:
        assert laptop.functions.calls == []


def test_a_certificate_that_fails_is_refused_whatever_host_it_asks_for(laptop):
    response = laptop.call(host="other.test", verify_failure=UNKNOWN_ISSUER)
    assert (response.status, response.layer) == (403, Layer.TRUSTSTORE)
    assert laptop.execution_log[-1].endswith(
        "Access denied. Reason: Could not find issuer for certificate"
    )


def test_a_refused_certificate_still_has_its_access_log_line(laptop):
    laptop.call(verify_failure=UNKNOWN_ISSUER)
    line = json.loads(laptop.access_log[-1])
    assert line["status"] == "403"
    assert line["identity.clientCert.subjectDN"] == "CN=pet-shop,C=DE"
    assert line["wafResponseCode"] == "-"


def test_without_the_mapping_the_forged_header_arrives(start, good):
    good.integration("/pets", "get")["requestParameters"] = {}
    laptop = start(good)
    laptop.call(headers=FORGED)
    assert laptop.upstream.last.all("authorization") == ["Bearer forged"]


def test_without_security_in_the_operation_no_authorizer_is_called(start, good):
    good.operation("/pets", "get")["security"] = []
    laptop = start(good)
    assert laptop.call().status == 200
    assert laptop.functions.calls == []


def test_without_a_truststore_no_certificate_is_asked_for(start, good):
    del good.resources["domain"][1]["mutualTlsAuthentication"]
    laptop = start(good)
    assert laptop.call(certificate=None).status == 200
    assert "clientCert" not in laptop.functions.event["requestContext"]["identity"]


def test_without_a_request_validator_any_body_passes(start, good):
    del good.body["x-amazon-apigateway-request-validator"]
    assert start(good).call("/pets", "POST", body=b"no json").status == 200


def test_without_the_permission_every_caller_gets_500(start, good):
    laptop = start(good.remove("permission"))
    response = laptop.call()
    assert (response.status, response.body) == (500, b'{"message":null}')
    assert response.error_type == "AuthorizerConfigurationException"
    assert laptop.functions.calls == []


def test_a_fault_of_the_gateway_is_a_500_and_names_no_secret(start, good, functions):
    functions.result = "no InvocationResult at all"
    laptop = start(good, functions=functions)
    response = laptop.call()
    assert (response.status, response.body) == (500, b'{"message":"Internal server error"}')
    assert laptop.upstream.requests == []
    assert "Internal error: AttributeError" in laptop.execution_log[-1]


def test_an_inspector_sees_each_call_with_the_gate_that_answered(laptop):
    laptop.call()
    laptop.call(source_ip="192.0.2.1")
    (first, passed), (second, refused) = laptop.seen
    assert (passed.layer, refused.layer) == (Layer.BACKEND, Layer.WEB_ACL)
    assert refused.reason == "not-in-allow-list"
    assert {"web-acl", "authorizer", "integration", "total"} <= set(first.timings_ms)
    assert first.context["authorizer.clientId"] == "pet-shop"
    assert first.request_id != second.request_id


def test_the_backends_own_refusal_passes_through_under_its_own_layer(start, good, upstream):
    upstream.answer = UpstreamAnswer(status=403, headers=(), body=b"scope")
    response = start(good, upstream=upstream).call()
    assert (response.status, response.layer, response.body) == (403, Layer.BACKEND, b"scope")


def test_a_token_never_stands_in_a_log(start, good, functions):
    functions.result = InvocationResult(
        payload={"principalId": 1, "context": {"authorization": "Bearer s3cret"}},
        function_error=None,
    )
    laptop = start(good, functions=functions)
    laptop.call(headers=(("Authorization", "Bearer s3cret"),))
    assert "s3cret" not in "".join(laptop.execution_log + laptop.access_log)
