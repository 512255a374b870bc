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
    UpstreamError,
    VerifyFailure,
)
from portcullis.gateway.resources.unsupported import UnsupportedError

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


def test_the_web_acl_is_asked_before_the_route_and_the_route_before_the_authorizer(laptop):
    assert laptop.call("/nowhere", source_ip="192.0.2.1").layer is Layer.WEB_ACL
    assert laptop.call("/nowhere").layer is Layer.ROUTE
    assert laptop.functions.calls == []


def test_the_authorizer_is_asked_before_the_request_is_validated(start, good, functions):
    functions.answer = deny
    laptop = start(good, functions=functions)
    response = laptop.call("/pets", "POST", body=b"no json")
    assert (response.layer, response.reason) == (Layer.AUTHORIZER, "suspended")


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


# What the graph lacks is not there.


def test_without_the_association_no_web_acl_is_asked(start, good):
    laptop = start(good.remove("association"))
    assert laptop.call(source_ip="192.0.2.1").status == 200
    assert json.loads(laptop.access_log[-1])["wafResponseCode"] == "-"


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


def test_without_method_settings_nothing_is_throttled(start, good):
    laptop = start(good.remove("settings"))
    assert {laptop.call().status for _ in range(50)} == {200}


def test_without_access_log_settings_no_line_is_written(start, good):
    laptop = start(good.set("stage", accessLogSettings=None))
    laptop.call()
    assert laptop.access_log == []


def test_without_the_permission_every_caller_gets_500(start, good):
    laptop = start(good.remove("permission"))
    response = laptop.call()
    assert (response.status, response.body) == (500, b'{"message":null}')
    assert response.error_type == "AuthorizerConfigurationException"
    assert laptop.functions.calls == []


def test_with_the_default_endpoint_enabled_the_first_segment_names_the_stage(start, good):
    laptop = start(good.set("api", disableExecuteApiEndpoint=False))
    assert laptop.call("/test/pets", endpoint=Endpoint.DEFAULT).status == 200
    assert laptop.functions.event["path"] == "/pets"
    assert laptop.functions.event["requestContext"]["path"] == "/test/pets"
    unknown = laptop.call("/prod/pets", endpoint=Endpoint.DEFAULT)
    assert (unknown.status, unknown.body, unknown.layer) == (403, FORBIDDEN, Layer.ROUTE)


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


def test_a_domain_without_any_mapping_answers_forbidden(start, good):
    response = start(good.remove("mapping")).call()
    assert (response.status, response.body) == (403, FORBIDDEN)
    assert response.layer is Layer.CUSTOM_DOMAIN


# Base paths


@pytest.mark.parametrize("target", ["/v1/pets", "//v1/pets", "/v1//pets"])
def test_a_base_path_is_taken_off_before_the_route_and_stays_in_the_event(start, good, target):
    laptop = start(good.set("mapping", basePath="v1"))
    assert laptop.call(target).status == 200
    event = laptop.functions.event
    assert event["path"] == "/v1" + target[target.index("v1") + 2 :]
    assert event["resource"] == "/pets"
    assert event["methodArn"].endswith(":abcdef123/test/GET/pets")


@pytest.mark.parametrize("target", ["/pets", "/v1x/pets", "/v/1/pets", "/"])
def test_a_path_outside_every_base_path_leads_nowhere(start, good, target):
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


# The laptop's own promises


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


def test_the_method_override_header_changes_route_and_policy_alike(laptop):
    response = laptop.call(
        method="POST", headers=(("X-HTTP-Method-Override", "GET"),), body=b"no json"
    )
    assert response.status == 200
    assert laptop.functions.event["methodArn"].endswith("/GET/pets")
    assert laptop.upstream.last.method == "GET"
    assert laptop.upstream.last.all("x-http-method-override") == []


def test_a_method_override_cannot_name_what_is_no_route(laptop):
    response = laptop.call(headers=(("X-HTTP-Method-Override", "BREW"),))
    assert response.layer is Layer.ROUTE


@pytest.mark.parametrize(("level", "is_logged"), [("INFO", True), ("ERROR", True), ("OFF", False)])
def test_the_execution_log_follows_the_stages_level(start, good, upstream, level, is_logged):
    upstream.answer = UpstreamError("refused")
    good.set("settings", settings={"loggingLevel": level})
    laptop = start(good, upstream=upstream)
    laptop.call()
    assert bool(laptop.execution_log) is is_logged


def test_a_token_never_stands_in_a_log(start, good, functions):
    functions.result = InvocationResult(
        payload={"principalId": 1, "context": {"authorization": "Bearer s3cret"}},
        function_error=None,
    )
    laptop = start(good, functions=functions)
    laptop.call(headers=(("Authorization", "Bearer s3cret"),))
    assert "s3cret" not in "".join(laptop.execution_log + laptop.access_log)


# What cannot be emulated stops the start.

REFUSED = [
    ("aws:apigatewayv2/api:Api", {}, "not emulated"),
    ("aws:apigateway/vpcLink:VpcLink", {}, "not emulated"),
    ("aws:apigateway/method:Method", {}, "OpenAPI body"),
    ("aws:apigateway/restApiPolicy:RestApiPolicy", {}, "not emulated"),
    ("aws:wafv2/webAclRule:WebAclRule", {}, "not emulated"),
    ("aws:wafregional/webAcl:WebAcl", {}, "not emulated"),
]


@pytest.mark.parametrize(("kind", "properties", "words"), REFUSED, ids=[r[0] for r in REFUSED])
def test_a_resource_that_is_not_emulated_stops_the_start(start, good, kind, properties, words):
    with pytest.raises(UnsupportedError, match=words) as caught:
        start(good.add("stranger", kind, **properties))
    assert "stranger" in str(caught.value)


@pytest.mark.parametrize(
    ("resource", "properties", "words"),
    [
        ("api", {"body": None}, "no OpenAPI body"),
        ("api", {"body": "{"}, "not JSON"),
        ("api", {"policy": "{}"}, "resource policy"),
        ("api", {"binaryMediaTypes": ["image/png"]}, "binary media types"),
        ("api", {"minimumCompressionSize": "0"}, "compression"),
        ("api", {"parameters": {"basepath": "prepend"}}, "import parameters"),
        ("api", {"endpointConfiguration": {"types": "PRIVATE"}}, "PRIVATE"),
        ("stage", {"canarySettings": {"percentTraffic": 5}}, "canarySettings"),
        ("stage", {"cacheClusterEnabled": True}, "caching"),
        ("stage", {"clientCertificateId": "c"}, "clientCertificateId"),
        ("stage", {"deployment": "another"}, "deployment"),
        ("stage", {"restApi": "another"}, "restApi"),
        ("settings", {"settings": {"cachingEnabled": True}}, "caching"),
        ("mapping", {"stageName": "prod"}, "no stage 'prod'"),
        ("mapping", {"restApi": "another"}, "restApi"),
        ("mapping", {"domainName": "other.test"}, "not a custom domain"),
        ("domain", {"securityPolicy": "TLS_1_0"}, "TLS_1_0"),
        ("domain", {"domainName": "*.example.test"}, "wildcard"),
        ("domain", {"certificateArn": "arn"}, "edge-optimized"),
        ("domain", {"routingMode": "ROUTING_RULE_ONLY"}, "routing rules"),
        ("association", {"webAclArn": "arn:gone"}, "not in the graph"),
    ],
)
def test_a_feature_that_is_not_emulated_stops_the_start(start, good, resource, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        start(good.set(resource, **properties))


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
