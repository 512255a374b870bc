"""The event that the function receives, member by member, as REST APIs send it."""

import pytest

from portcullis.gateway.exchange import Endpoint

# The members of recorded events; requestContext without what Lambda proxy integrations add.
TOP = {
    "type", "methodArn", "resource", "path", "httpMethod", "headers", "multiValueHeaders",
    "queryStringParameters", "multiValueQueryStringParameters", "pathParameters",
    "stageVariables", "requestContext",
}  # fmt: skip
CONTEXT = {
    "resourceId", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path",
    "accountId", "protocol", "stage", "domainPrefix", "requestTimeEpoch", "requestId", "identity",
    "domainName", "deploymentId", "apiId",
}  # fmt: skip


@pytest.fixture
def event(laptop, client_pem):
    def of(target="/pets/42?type=dog&type=cat&q=a+b%2B", **changes):
        changes.setdefault("headers", (("X-Tenant", "a"), ("X-Tenant", "b"), ("x-tenant", "c")))
        assert laptop.call(target, **changes).status == 200
        return laptop.functions.event

    return of


def test_the_event_has_the_members_of_a_rest_api_and_no_others(event):
    sent = event()
    assert set(sent) == TOP
    assert set(sent["requestContext"]) == CONTEXT
    assert not {"version", "identitySource", "authorizationToken"} & set(sent)


def test_resource_path_and_method_arn_name_the_request(event):
    sent = event()
    assert sent["type"] == "REQUEST"
    assert sent["methodArn"] == (
        "arn:aws:execute-api:eu-central-1:111122223333:abcdef123/test/GET/pets/42"
    )
    assert (sent["resource"], sent["path"]) == ("/pets/{petId}", "/pets/42")
    assert sent["pathParameters"] == {"petId": "42"}
    assert sent["requestContext"]["resourcePath"] == "/pets/{petId}"


def test_single_values_are_the_last_and_multi_values_all(event):
    sent = event()
    assert sent["headers"]["X-Tenant"] == "b"
    assert sent["multiValueHeaders"]["X-Tenant"] == ["a", "b"]
    assert sent["headers"]["x-tenant"] == "c"
    assert sent["queryStringParameters"] == {"type": "cat", "q": "a b+"}
    assert sent["multiValueQueryStringParameters"] == {"type": ["dog", "cat"], "q": ["a b+"]}


def test_without_query_and_path_parameters_the_members_are_empty(event):
    sent = event("/pets")
    assert sent["queryStringParameters"] == {}
    assert sent["multiValueQueryStringParameters"] == {}
    assert sent["pathParameters"] == {}
    assert sent["stageVariables"] == {"kid": "k1"}


def test_the_certificate_is_described_as_api_gateway_describes_it(event, client_pem):
    assert event()["requestContext"]["identity"]["clientCert"] == {
        "clientCertPem": client_pem,
        "subjectDN": "CN=pet-shop,C=DE",
        "issuerDN": "CN=Test CA",
        "serialNumber": "0a:1b:2c",
        "validity": {
            "notBefore": "Aug  5 00:28:21 2026 GMT",
            "notAfter": "Aug 15 10:28:21 2027 GMT",
        },
    }


def test_without_mutual_tls_there_is_no_certificate(start, good):
    laptop = start(good.set("api", disableExecuteApiEndpoint=False))
    laptop.call("/test/pets", endpoint=Endpoint.DEFAULT)
    assert "clientCert" not in laptop.functions.event["requestContext"]["identity"]


def test_a_certificate_that_cannot_be_parsed_is_sent_as_pem(laptop):
    laptop.call(certificate="-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n")
    described = laptop.functions.event["requestContext"]["identity"]["clientCert"]
    assert described["clientCertPem"].startswith("-----BEGIN")
    assert described["subjectDN"] == described["serialNumber"] == ""


def test_time_source_and_domain_are_those_of_the_call(event):
    context = event()["requestContext"]
    assert context["identity"]["sourceIp"] == "203.0.113.9"
    assert context["identity"]["userAgent"] == "test/1"
    assert (context["domainName"], context["domainPrefix"]) == ("api.example.test", "api")
    assert context["requestTimeEpoch"] == 1_795_000_000_000
    assert context["requestTime"] == "18/Nov/2026:11:06:40 +0000"
    assert (context["stage"], context["apiId"], context["accountId"]) == (
        "test",
        "abcdef123",
        "111122223333",
    )


def test_hop_by_hop_headers_never_arrive(event):
    hop = (("Connection", "close, X-Gone"), ("X-Gone", "1"), ("TE", "trailers"), ("Expect", "x"))
    headers = {name.lower() for name in event("/pets", headers=hop)["headers"]}
    assert not {"connection", "x-gone", "te", "expect", "content-length"} & headers


def test_forged_forwarding_headers_are_replaced_or_continued(event):
    forged = (
        ("X-Forwarded-For", "198.51.100.1"),
        ("x-forwarded-proto", "http"),
        ("X-Forwarded-Port", "80"),
        ("X-Amzn-Trace-Id", "Root=forged"),
        ("x-amzn-apigateway-api-id", "forged"),
    )
    headers = event("/pets", headers=forged)["multiValueHeaders"]
    assert headers["X-Forwarded-For"] == ["198.51.100.1, 203.0.113.9"]
    assert headers["X-Forwarded-Proto"] == ["https"]
    assert headers["X-Forwarded-Port"] == ["443"]
    assert "forged" not in headers["X-Amzn-Trace-Id"][0]
    assert "x-amzn-apigateway-api-id" not in {name.lower() for name in headers}


def test_a_well_formed_trace_goes_on(event):
    root = "1-5e66d96f-7491f09c1e8ae5b1c2d3e4f5"
    trace = (("X-Amzn-Trace-Id", f"Self=x;Root={root};Sampled=1"),)
    assert event("/pets", headers=trace)["headers"]["X-Amzn-Trace-Id"] == f"Root={root}"


def test_the_authorization_header_arrives_capitalised(event):
    sent = event("/pets", headers=(("aUTHORIZATION", "Basic x"),))
    assert sent["headers"]["Authorization"] == "Basic x"


def test_bytes_that_are_no_utf8_reach_the_function_as_text(event):
    sent = event("/pets?q=%ff&%fe=1", headers=(("X-Raw", "\xff\xe4"),))
    assert sent["queryStringParameters"] == {"q": "\ufffd", "\ufffd": "1"}
    assert sent["headers"]["X-Raw"] == "\xff\xe4"
