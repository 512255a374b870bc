"""Request parameter mapping: sources, targets, and values that must not reach the backend."""

import pytest

from portcullis.gateway.exchange import Layer
from portcullis.gateway.resources.unsupported import UnsupportedError


def parameters(good, **mapped):
    written = {target.replace("__", "."): source for target, source in mapped.items()}
    good.integration("/pets", "get")["requestParameters"] = {
        f"integration.request.{target}": source for target, source in written.items()
    }
    return good


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


HEADER = "integration.request.header."


@pytest.mark.parametrize(
    ("mapped", "words"),
    [
        ({f"{HEADER}Content-Length": "'1'"}, "answers 500"),
        ({f"{HEADER}Transfer-Encoding": "'x'"}, "answers 500"),
        ({f"{HEADER}X-Amzn-Trace-Id": "'x'"}, "answers 500"),
        ({f"{HEADER}x-amzn-apigateway-api-id": "'x'"}, "answers 500"),
        ({f"{HEADER}A B": "'x'"}, "not a valid header name"),
        ({f"{HEADER}A": "method.request.body.id"}, "not emulated"),
        ({f"{HEADER}A": "unquoted"}, "not emulated"),
        ({"integration.request.body": "'x'"}, "not an integration.request"),
        ({"integration.request.cookie.a": "'x'"}, "target .* is not emulated"),
        ({"method.request.header.A": "'x'"}, "not an integration.request"),
    ],
)
def test_a_mapping_that_is_not_possible_stops_the_start(start, good, mapped, words):
    good.integration("/pets", "get")["requestParameters"] = mapped
    with pytest.raises(UnsupportedError, match=words):
        start(good)
