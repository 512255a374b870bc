"""One stage: the order of its gates, its $context, and the response to a blocked request."""

import json

import pytest

from portcullis.gateway.exchange import (
    Layer,
)
from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.waf.written import rule


def deny(event):
    return {
        "principalId": "x",
        "policyDocument": {
            "Statement": [{"Action": "*", "Effect": "Deny", "Resource": event["methodArn"]}]
        },
        "context": {"reason": "suspended"},
    }


def test_the_web_acl_is_asked_before_the_route_and_the_route_before_the_authorizer(laptop):
    assert laptop.call("/nowhere", source_ip="192.0.2.1").layer is Layer.WEB_ACL
    assert laptop.call("/nowhere").layer is Layer.ROUTE
    assert laptop.functions.calls == []


def test_the_authorizer_is_asked_before_the_request_is_validated(start, good, functions):
    functions.answer = deny
    laptop = start(good, functions=functions)
    response = laptop.call("/pets", "POST", body=b"no json")
    assert (response.layer, response.reason) == (Layer.AUTHORIZER, "suspended")


def test_without_the_association_no_web_acl_is_asked(start, good):
    laptop = start(good.remove("association"))
    assert laptop.call(source_ip="192.0.2.1").status == 200
    assert json.loads(laptop.access_log[-1])["wafResponseCode"] == "-"


def test_without_access_log_settings_no_line_is_written(start, good):
    laptop = start(good.set("stage", accessLogSettings=None))
    laptop.call()
    assert laptop.access_log == []


def test_without_method_settings_nothing_is_throttled(start, good):
    laptop = start(good.remove("settings"))
    assert {laptop.call().status for _ in range(50)} == {200}


def test_a_custom_response_goes_before_the_gateway_response(start, good):
    good.body["x-amazon-apigateway-gateway-responses"] = {"WAF_FILTERED": {"statusCode": "418"}}
    block = {
        "customResponse": {
            "responseCode": 429.0,
            "customResponseBodyKey": "slow",
            "responseHeaders": [{"name": "x-reason", "value": "rate"}],
        }
    }
    good.rules(
        rule("pets", 1, {"block": block}),
        rule("keys", 2),
        customResponseBodies=[
            {"key": "slow", "contentType": "APPLICATION_JSON", "content": '{"slow":true}'}
        ],
    )
    laptop = start(good)
    response = laptop.call()
    assert (response.status, json.loads(response.body)) == (429, {"slow": True})
    assert ("x-reason", "rate") in response.headers
    assert (response.layer, response.reason) == (Layer.WEB_ACL, "pets")
    assert laptop.call("/keys").status == 418


def test_inserted_headers_reach_the_backend_under_aws_prefix(start, good):
    insert = {"insertHeaders": [{"name": "seen", "value": "yes"}]}
    good.rules(rule("pets", 1, {"allow": {"customRequestHandling": insert}}))
    laptop = start(good)
    laptop.call()
    assert laptop.upstream.last.all("x-amzn-waf-seen") == ["yes"]


def test_a_web_acl_that_is_not_in_the_graph_stops_the_start(start, good):
    with pytest.raises(UnsupportedError, match="arn:gone is not in the graph"):
        start(good.set("association", webAclArn="arn:gone"))


def test_the_context_describes_the_call_before_any_gate_decides(laptop):
    laptop.call("/nowhere?q=1", source_ip="192.0.2.1")
    context = laptop.seen[-1][0].context
    assert {
        "accountId": "111122223333",
        "apiId": "abcdef123",
        "stage": "test",
        "deploymentId": "dep1",
        "httpMethod": "GET",
        "path": "/nowhere",
        "protocol": "HTTP/1.1",
        "tlsVersion": "TLSv1.3",
        "cipherSuite": "TLS_AES_256_GCM_SHA384",
        "domainName": "api.example.test",
        "domainPrefix": "api",
        "requestTime": "18/Nov/2026:11:06:40 +0000",
        "requestTimeEpoch": "1795000000000",
        "identity.sourceIp": "192.0.2.1",
        "identity.userAgent": "test/1",
        "wafResponseCode": "WAF_BLOCK",
        "waf.status": "403",
    }.items() <= context.items()
    assert "resourcePath" not in context


@pytest.mark.parametrize("traces", [True, False])
def test_the_trace_id_is_in_the_context_only_with_x_ray(start, good, traces):
    laptop = start(good.set("stage", xrayTracingEnabled=traces))
    laptop.call()
    assert ("xrayTraceId" in laptop.seen[-1][0].context) is traces
