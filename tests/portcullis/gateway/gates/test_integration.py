"""What the backend receives and what the client gets back, header by header; and the MOCK."""

import asyncio
from dataclasses import replace

import pytest

from portcullis.gateway.exchange import Layer, UpstreamAnswer, UpstreamError, UpstreamTimeoutError
from portcullis.gateway.resources.unsupported import UnsupportedError


def header(response, name):
    return [v for n, v in response.headers if n.lower() == name.lower()]


def proxy(good, **properties):
    good.integration("/pets", "get").update(properties)
    return good


def parameters(good, **mapped):
    written = {target.replace("__", "."): source for target, source in mapped.items()}
    good.integration("/pets", "get")["requestParameters"] = {
        f"integration.request.{target}": source for target, source in written.items()
    }
    return good


# Headers on the way in


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


# Mappings


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_a_mapped_header_replaces_the_clients_however_it_is_spelled(laptop, name):
    laptop.call(headers=((name, "Bearer forged"), (name, "Bearer again")))
    assert laptop.upstream.last.all("authorization") == ["Bearer minted"]


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_mapped_value_lets_the_clients_header_through(start, good, functions, value):
    def without(event):
        context = {} if value is None else {"authorization": value}
        return {
            "principalId": "x",
            "policyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
            "context": context,
        }

    functions.answer = without
    laptop = start(good, functions=functions)
    laptop.call(headers=(("Authorization", "Bearer forged"),))
    assert laptop.upstream.last.all("authorization") == ["Bearer forged"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'fixed text'", ["fixed text"]),
        ("context.requestId", "request id"),
        ("context.identity.sourceIp", ["203.0.113.9"]),
        ("context.identity.clientCert.subjectDN", ["CN=pet-shop,C=DE"]),
        ("context.authorizer.clientId", ["pet-shop"]),
        ("context.nothing", []),
        ("stageVariables.kid", ["k1"]),
        ("stageVariables.gone", []),
        ("method.request.header.X-A", ["2"]),
        ("method.request.header.x-a", []),
        ("method.request.multivalueheader.X-A", ["1,2"]),
        ("method.request.querystring.q", ["second one"]),
        ("method.request.multivaluequerystring.q", ["first,second one"]),
        ("method.request.querystring.gone", []),
    ],
)
def test_a_header_is_mapped_from_its_source(start, good, source, expected):
    laptop = start(parameters(good, header__X_Mapped=source))
    laptop.call("/pets?q=first&q=second+one", headers=(("X-A", "1"), ("X-A", "2")))
    if expected == "request id":
        expected = [laptop.seen[-1][0].request_id]
    assert laptop.upstream.last.all("x_mapped") == expected


@pytest.mark.parametrize("value", ["a%0d%0aX-Injected: 1", "a%00", "a%0ab", "%E2%82%AC"])
def test_a_mapped_value_that_no_header_holds_ends_the_call(start, good, value):
    laptop = start(parameters(good, header__X="method.request.querystring.q"))
    response = laptop.call(f"/pets?q={value}")
    assert (response.status, response.layer) == (500, Layer.INTEGRATION)
    assert laptop.upstream.requests == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("method.request.path.petId", "/x/a%2Fb"),
        ("method.request.querystring.q", "/x/s%2F%3Fk%3D1%23"),
        ("context.authorizer.clientId", "/x/pet-shop"),
        ("'fixed'", "/x/fixed"),
    ],
)
def test_a_path_parameter_fills_the_uri_as_one_segment(start, good, source, expected):
    integration = good.integration("/pets/{petId}", "get")
    integration["uri"] = "http://backend.test:8081/x/{petId}"
    integration["requestParameters"] = {"integration.request.path.petId": source}
    laptop = start(good)
    laptop.call("/pets/a%2Fb?q=s/?k=1%23", headers=(("X-Tenant", "t"),))
    assert laptop.upstream.last.url.partition("?")[0] == f"http://backend.test:8081{expected}"


@pytest.mark.parametrize("value", ["..", ".", "", "%2e%2e", "a/..", "..%5cb"])
def test_a_mapped_segment_never_climbs_or_vanishes(start, good, value):
    integration = good.integration("/pets/{petId}", "get")
    integration["requestParameters"] = {
        "integration.request.path.petId": "method.request.querystring.q"
    }
    laptop = start(good)
    response = laptop.call(f"/pets/1?q={value}", headers=(("X-Tenant", "t"),))
    assert (response.status, laptop.upstream.requests) == (500, [])


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


def test_stage_variables_fill_the_uri_at_the_start(start, good):
    proxy(good, uri="http://${stageVariables.host}:8081/pets")
    laptop = start(good.set("stage", variables={"host": "backend.test", "kid": "k"}))
    laptop.call()
    assert laptop.upstream.last.url == "http://backend.test:8081/pets"


# Method, body, timeout


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


# The way back


def test_the_backends_headers_are_renamed_and_dropped_as_captured(start, good, upstream):
    upstream.answer = UpstreamAnswer(
        status=201,
        headers=(
            ("Content-Type", "text/plain"),
            ("Date", "then"),
            ("Server", "gunicorn"),
            ("Connection", "keep-alive"),
            ("Content-Length", "2"),
            ("WWW-Authenticate", "Bearer"),
            ("x-amzn-RequestId", "backend's"),
            ("x-amz-apigw-id", "backend's"),
            ("Transfer-Encoding", "chunked"),
            ("Content-Encoding", "gzip"),
            ("Via", "1.1 x"),
            ("Keep-Alive", "timeout=5"),
            ("Upgrade", "h2c"),
            ("Set-Cookie", "a=1"),
            ("Set-Cookie", "b=2"),
        ),
        body=b"ok",
    )
    response = start(good, upstream=upstream).call()
    mine = {"x-amzn-requestid", "x-amz-apigw-id"}
    assert [(n, v) for n, v in response.headers if n.lower() not in mine] == [
        ("Content-Type", "text/plain"),
        ("x-amzn-Remapped-Date", "then"),
        ("x-amzn-Remapped-Server", "gunicorn"),
        ("x-amzn-Remapped-Connection", "keep-alive"),
        ("x-amzn-Remapped-Content-Length", "2"),
        ("x-amzn-Remapped-WWW-Authenticate", "Bearer"),
        ("x-amzn-Remapped-x-amzn-RequestId", "backend's"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ]
    assert len(header(response, "x-amz-apigw-id")) == 1


def test_an_answer_without_a_content_type_gets_json(start, good, upstream):
    upstream.answer = UpstreamAnswer(status=200, headers=(), body=b"x")
    assert header(start(good, upstream=upstream).call(), "content-type") == ["application/json"]


# MOCK


def test_a_mock_answers_from_its_templates(laptop):
    response = laptop.call("/keys")
    assert (response.status, response.body) == (200, b'{"kid":"k1"}')
    assert header(response, "cache-control") == ["max-age=60"]
    assert header(response, "content-type") == ["application/json"]
    assert laptop.functions.calls == laptop.upstream.requests == []


def mock(good, **properties):
    good.integration("/keys", "get").update(properties)
    return good


JSON_200 = {"application/json": '{"statusCode": 200}'}


@pytest.mark.parametrize(
    ("passthrough", "templates", "sent", "status"),
    [
        ("never", JSON_200, {}, 200),
        ("never", JSON_200, {"Content-Type": "application/json; x=1"}, 200),
        ("never", JSON_200, {"Content-Type": "text/plain"}, 415),
        ("never", {"$default": '{"statusCode": 200}'}, {"Content-Type": "text/plain"}, 200),
        ("when_no_templates", JSON_200, {"Content-Type": "text/plain"}, 415),
        ("when_no_match", JSON_200, {"Content-Type": "text/plain"}, 500),
        ("never", {"application/json": "{statusCode: 200}"}, {}, 200),
        ("never", {"application/json": '{"statusCode": "200"}'}, {}, 500),
        ("never", {"application/json": "{}"}, {}, 500),
        ("never", {"application/json": "no json"}, {}, 500),
        ("never", {}, {}, 415),
    ],
)
def test_the_request_template_gives_the_status(start, good, passthrough, templates, sent, status):  # noqa: PLR0917 - a table's columns
    mock(good, passthroughBehavior=passthrough, requestTemplates=templates)
    assert start(good).call("/keys", headers=tuple(sent.items())).status == status


@pytest.mark.parametrize(
    ("status", "expected"), [(200, 200), (404, 410), (418, 410), (500, 503), (302, 200)]
)
def test_a_mocks_response_is_chosen_by_pattern_then_default(start, good, status, expected):
    mock(
        good,
        requestTemplates={"application/json": f'{{"statusCode": {status}}}'},
        responses={
            "default": {"statusCode": "200"},
            r"4\d{2}": {"statusCode": "410"},
            "500": {"statusCode": 503},
        },
    )
    assert start(good).call("/keys").status == expected


def test_a_mock_without_a_fitting_response_is_a_500(start, good):
    mock(good, responses={"404": {"statusCode": "404"}})
    assert start(good).call("/keys").status == 500


# What stops the start

HEADER = "integration.request.header."


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"type": "aws_proxy"}, "AWS_PROXY"),
        ({"type": "aws"}, "type AWS"),
        ({"type": "http"}, "type HTTP"),
        ({"connectionType": "VPC_LINK", "connectionId": "x"}, "VPC link"),
        ({"contentHandling": "CONVERT_TO_TEXT"}, "contentHandling"),
        ({"credentials": "arn:role"}, "credentials"),
        ({"tlsConfig": {"insecureSkipVerification": True}}, "tlsConfig"),
        ({"responseTransferMode": "STREAM"}, "streamed"),
        ({"httpMethod": "TRACE"}, "TRACE"),
        ({"uri": "ftp://backend.test"}, "not an HTTP URL"),
        ({"uri": "/pets"}, "not an HTTP URL"),
        ({"uri": "http://user:secret@backend.test/"}, "not an HTTP URL"),
        ({"uri": "http://backend.test:port/"}, "not an HTTP URL"),
        ({"uri": "http://{host}/"}, "not an HTTP URL"),
        ({"uri": "http://backend.test/{petId}"}, "no request parameter is mapped"),
        ({"timeoutInMillis": 29_001}, "29"),
        ({"timeoutInMillis": 10}, "0.01"),
        ({"requestParameters": {f"{HEADER}Content-Length": "'1'"}}, "answers 500"),
        ({"requestParameters": {f"{HEADER}Transfer-Encoding": "'x'"}}, "answers 500"),
        ({"requestParameters": {f"{HEADER}X-Amzn-Trace-Id": "'x'"}}, "answers 500"),
        ({"requestParameters": {f"{HEADER}x-amzn-apigateway-api-id": "'x'"}}, "answers 500"),
        ({"requestParameters": {f"{HEADER}A B": "'x'"}}, "not a valid header name"),
        ({"requestParameters": {f"{HEADER}A": "method.request.body.id"}}, "not emulated"),
        ({"requestParameters": {f"{HEADER}A": "unquoted"}}, "not emulated"),
        ({"requestParameters": {"integration.request.body": "'x'"}}, "not an integration.request"),
        ({"requestParameters": {"method.request.header.A": "'x'"}}, "not an integration.request"),
    ],
)
def test_an_integration_that_is_not_emulated_stops_the_start(start, good, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        start(proxy(good, **properties))


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"passthroughBehavior": "sometimes"}, "sometimes"),
        ({"requestTemplates": {"application/json": "#set($x = 1)"}}, "Velocity"),
        ({"requestTemplates": {"application/json": "$input.json('$')"}}, r"\$input"),
        ({"requestParameters": {"a": "b"}}, "requestParameters"),
        ({"responses": {"(": {"statusCode": "200"}}}, "selection pattern"),
        ({"responses": {"default": {}}}, "statusCode"),
        ({"responses": {"default": {"statusCode": "200", "contentHandling": "x"}}}, "contentHand"),
    ],
)
def test_a_mock_that_is_not_emulated_stops_the_start(start, good, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        start(mock(good, **properties))
