"""HTTP_PROXY: what the backend receives, and what a failing backend gives the client."""

import asyncio
from dataclasses import replace

import pytest

from portcullis.gateway.exchange import Layer, UpstreamAnswer, UpstreamError, UpstreamTimeoutError
from portcullis.gateway.resources.unsupported import UnsupportedError


def proxy(good, **properties):
    good.integration("/pets", "get").update(properties)
    return good


def parameters(good, **mapped):
    written = {target.replace("__", "."): source for target, source in mapped.items()}
    good.integration("/pets", "get")["requestParameters"] = {
        f"integration.request.{target}": source for target, source in written.items()
    }
    return good


def test_the_client_s_headers_arrive_but_for_those_of_the_hop(laptop):
    sent = (
        ("Accept", "text/html"),
        ("Date", "today"),
        ("Referer", "https://example.test"),
        ("Connection", "close, X-Hop"),
        ("X-Hop", "1"),
        ("Content-Encoding", "deflate"),
        ("Content-MD5", "x"),
        ("Max-Forwards", "2"),
        ("Proxy-Authenticate", "Basic"),
        ("TE", "deflate"),
        ("Trailer", "Expires"),
        ("Upgrade", "HTTP/2.0"),
        ("Via", "p.example.test"),
        ("WWW-Authenticate", "Basic x"),
    )
    laptop.call(headers=sent)
    names = [name.lower() for name, _ in laptop.upstream.last.headers]
    assert sorted(names) == sorted(
        [
            "user-agent", "accept", "date", "referer", "x-forwarded-for", "x-forwarded-port",
            "x-forwarded-proto", "x-amzn-trace-id", "x-amzn-apigateway-api-id", "authorization",
        ]
    )  # fmt: skip


def test_api_gateway_s_own_headers_cannot_be_forged(laptop):
    laptop.call(
        headers=(
            ("X-Amzn-Apigateway-Api-Id", "forged"),
            ("X-Forwarded-For", "10.0.0.1"),
            ("x-forwarded-for", "10.0.0.2"),
            ("X-Forwarded-Proto", "http"),
            ("X-Forwarded-Port", "80"),
        )
    )
    sent = laptop.upstream.last
    assert sent.all("x-amzn-apigateway-api-id") == ["abcdef123"]
    assert sent.all("x-forwarded-for") == ["10.0.0.1, 10.0.0.2, 203.0.113.9"]
    assert (sent.all("x-forwarded-proto"), sent.all("x-forwarded-port")) == (["https"], ["443"])
    assert sent.all("host") == []  # the pool names the backend


def test_defaults_stand_in_for_what_the_client_left_out(start, good):
    laptop = start(good)
    bare = replace(laptop.request(), headers=(("Host", "api.example.test"),))
    asyncio.run(laptop.gateway.handle(bare))
    assert laptop.upstream.last.all("accept") == ["application/json"]
    assert laptop.upstream.last.all("user-agent") == ["AmazonAPIGateway_abcdef123"]


def test_headers_of_one_name_are_joined(laptop):
    laptop.call(headers=(("X-A", "1"), ("X-A", "2")))
    assert laptop.upstream.last.all("x-a") == ["1,2"]


QUERIES = [
    ("/pets", "", {}, ""),
    ("/pets?", "", {}, ""),
    ("/pets?a=1&b=x+y%2Bz&a=2", "", {}, "a=1&b=x%20y%2Bz&a=2"),
    ("/pets?flag", "", {}, "flag="),
    ("/pets?a=1;b=2", "", {}, "a=1%3Bb%3D2"),
    ("/pets?a=%ff", "", {}, "a=%EF%BF%BD"),
    ("/pets?a=1", "?fixed=1", {}, "fixed=1&a=1"),
    ("/pets?a=1", "", {"querystring__a": "method.request.querystring.a"}, "a=1"),
    ("/pets", "", {"querystring__id": "context.authorizer.clientId"}, "id=pet-shop"),
    ("/pets?id=me", "", {"querystring__id": "context.authorizer.clientId"}, "id=me&id=pet-shop"),
]


@pytest.mark.parametrize("case", QUERIES)
def test_the_query_is_decoded_once_and_encoded_anew(start, good, case):
    target, own_query, mapped, expected = case
    proxy(parameters(good, **mapped), uri=f"http://backend.test:8081/pets{own_query}")
    laptop = start(good)
    laptop.call(target)
    assert laptop.upstream.last.url.partition("?")[2] == expected


def test_the_body_arrives_as_sent_and_not_with_get(laptop):
    body = b'{"type": "dog", "price": 1}'
    laptop.call(method="POST", body=body)
    assert (laptop.upstream.last.method, laptop.upstream.last.body) == ("POST", body)
    laptop.call(body=b"with GET")
    assert laptop.upstream.last.body == b""


def test_any_passes_the_clients_method_on(start, good):
    operation = good.body["paths"]["/pets"].pop("get")
    operation["x-amazon-apigateway-integration"]["httpMethod"] = "ANY"
    good.body["paths"]["/pets"] = {"x-amazon-apigateway-any-method": operation}
    laptop = start(good)
    for method in ("GET", "PATCH", "DELETE"):
        assert laptop.call(method=method).status == 200
        assert laptop.upstream.last.method == method
    assert laptop.call(method="TRACE").layer is Layer.ROUTE


def test_an_integration_may_have_a_method_of_its_own(start, good):
    laptop = start(proxy(good, httpMethod="post"))
    laptop.call()
    assert laptop.upstream.last.method == "POST"


@pytest.mark.parametrize(("written", "seconds"), [(None, 29.0), (3000.0, 3.0), (50, 0.05)])
def test_the_timeout_is_the_integrations_or_29_seconds(start, good, written, seconds):
    laptop = start(proxy(good, timeoutInMillis=written))
    laptop.call()
    assert laptop.upstream.last.timeout_seconds == seconds


TIMED_OUT = b'{"message":"Endpoint request timed out"}'
NETWORK_ERROR = b'{"message":"Network error communicating with endpoint"}'


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (UpstreamTimeoutError("slow"), TIMED_OUT),
        (UpstreamError("refused"), NETWORK_ERROR),
        (UpstreamAnswer(status=101, headers=(), body=b""), NETWORK_ERROR),
        (UpstreamAnswer(status=700, headers=(), body=b""), NETWORK_ERROR),
    ],
)
def test_a_backend_that_does_not_answer_is_a_504(start, good, upstream, answer, body):
    upstream.answer = answer
    laptop = start(good, upstream=upstream)
    response = laptop.call()
    assert (response.status, response.body, response.layer) == (504, body, Layer.INTEGRATION)
    assert response.error_type == "InternalServerErrorException"
    assert laptop.seen[-1][0].context["integration.error"].startswith("Execution failed due to")


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"connectionType": "VPC_LINK"}, "go together"),
        ({"connectionId": "abc123"}, "go together"),
        ({"integrationTarget": "arn:aws:elb"}, "integrationTarget without a VPC link"),
        ({"connectionType": "PEERING"}, "PEERING is not emulated"),
        ({"contentHandling": "CONVERT_TO_TEXT"}, "contentHandling"),
        ({"credentials": "arn:role"}, "credentials"),
        ({"tlsConfig": {"insecureSkipVerification": True}}, "tlsConfig"),
        ({"responseTransferMode": "STREAM"}, "streamed"),
        ({"httpMethod": "TRACE"}, "TRACE"),
        ({"timeoutInMillis": 29_001}, "29"),
        ({"timeoutInMillis": 10}, "0.01"),
    ],
)
def test_a_proxy_that_is_not_emulated_stops_the_start(start, good, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        start(proxy(good, **properties))


@pytest.mark.parametrize("target", [{}, {"integrationTarget": "arn:aws:elasticloadbalancing:x"}])
def test_a_vpc_link_is_emulated_by_the_address_of_its_uri(start, good, target):
    proxy(good, connectionType="VPC_LINK", connectionId="abc123", **target)
    laptop = start(good)
    assert laptop.call(headers=(("Authorization", "Bearer forged"),)).status == 200
    assert laptop.upstream.last.url == "http://backend.test:8081/pets"
    assert laptop.upstream.last.all("Authorization") == ["Bearer minted"]
