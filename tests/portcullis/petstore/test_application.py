"""The PetStore over HTTP, in this process: routes and refusals."""

import asyncio
import io
import json
import logging

import pytest
from aiohttp.test_utils import TestClient, TestServer
from multidict import CIMultiDict

from portcullis.petstore.application import MAX_BODY_BYTES, make_application
from portcullis.petstore.keys import KeysUnavailableError

PETS = [
    {"id": 1, "type": "dog", "price": 249.99},
    {"id": 2, "type": "cat", "price": 124.99},
    {"id": 3, "type": "fish", "price": 0.99},
]
OPERATIONS = [("GET", "/"), ("GET", "/pets"), ("POST", "/pets"), ("GET", "/pets/1")]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


@pytest.fixture
def call(issuer, expected):
    """One request to a fresh PetStore."""

    def run(method, target, headers=None, body=None, *, keys=None):
        async def once():
            application = make_application(keys or issuer, expected)
            async with (
                TestClient(TestServer(application)) as client,
                client.request(
                    method, target, headers=CIMultiDict(headers or []), data=body
                ) as answer,
            ):
                return Answer(answer.status, answer.headers, await answer.read())

        return asyncio.run(once())

    return run


@pytest.fixture
def signed(call, issuer):
    """A request with the headers that the gateway sends."""

    def run(method, target, body=None, **claims):
        headers = [h for h in issuer.headers(issuer.token(**claims)) if h[0] != "Host"]
        return call(method, target, headers, body)

    return run


def test_three_pets_are_listed(signed):
    assert signed("GET", "/pets").json == PETS


def test_the_welcome_page_is_html(signed):
    answer = signed("GET", "/")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert b"PetStore" in answer.body


@pytest.mark.parametrize(
    ("query", "expected_pets"),
    [
        ("type=cat", PETS[1:2]),
        ("type=dragon", []),
        ("type=dog&page=1", PETS[:1]),
        ("page=2", []),
        ("page=01", PETS),
    ],
)
def test_pets_are_listed_by_type_and_page(signed, query, expected_pets):
    assert signed("GET", f"/pets?{query}").json == expected_pets


@pytest.mark.parametrize("page", ["0", "-1", "one", "", "1.5", "٣", "00"])
def test_a_page_that_is_not_a_positive_number_is_a_bad_request(signed, page):
    assert signed("GET", f"/pets?page={page}").status == 400


def test_one_pet_is_found_by_its_id(signed):
    assert signed("GET", "/pets/3").json == PETS[2]


@pytest.mark.parametrize("pet_id", ["0", "4", "01", "one", "..%2f1"])
def test_an_unknown_pet_is_404(signed, pet_id):
    answer = signed("GET", f"/pets/{pet_id}")
    assert (answer.status, answer.json["error"]) == (404, "not_found")


def test_a_new_pet_is_confirmed_as_the_sample_does(signed):
    answer = signed("POST", "/pets", b'{"type": "cat", "price": 9.5}')
    assert answer.status == 200
    assert answer.json == {"pet": {"type": "cat", "price": 9.5}, "message": "success"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"type": "cat"}',
        b'{"price": 1}',
        b'{"type": 7, "price": 1}',
        b'{"type": "", "price": 1}',
        b'{"type": "cat", "price": "1"}',
        b'{"type": "cat", "price": true}',
        b'{"type": "cat", "price": -1}',
        b'{"type": "cat", "price": NaN}',
        b'{"type": "cat", "price": Infinity}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_an_invalid_pet_is_a_bad_request(signed, body):
    answer = signed("POST", "/pets", body)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_a_body_that_is_too_long_is_refused_as_json(signed):
    answer = signed("POST", "/pets", io.BytesIO(b" " * (MAX_BODY_BYTES + 1)))
    assert answer.status == 413
    assert "error" in answer.json


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_refuses_a_call_without_a_token(call, method, path):
    answer = call(method, path)
    assert (answer.status, answer.json["error"]) == (401, "missing_token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="petstore"'


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_refuses_a_token_for_another_audience(signed, method, path):
    answer = signed(method, path, aud="other")
    assert (answer.status, answer.json["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_asks_for_its_own_scope(signed, method, path):
    needed = "pets:write" if method == "POST" else "pets:read"
    other = "pets:read" if method == "POST" else "pets:write"
    answer = signed(method, path, scope=other)
    assert (answer.status, answer.json["error"]) == (403, "insufficient_scope")
    assert f'scope="{needed}"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("GET", "/pets/1/2"),
        ("DELETE", "/pets/1"),
        ("PUT", "/pets"),
        ("HEAD", "/pets"),
        ("OPTIONS", "/pets"),
        ("TRACE", "/"),
        ("GET", "/_arrived/request-1"),
        ("POST", "/healthz"),
        ("GET", "/healthz/"),
    ],
)
def test_an_unknown_route_is_401_without_a_token_and_404_with_one(call, signed, method, path):
    assert call(method, path).status == 401
    assert signed(method, path).status == 404


def test_two_authorization_headers_are_refused_on_the_wire(call, issuer):
    headers = [h for h in issuer.headers() if h[0] != "Host"]
    assert call("GET", "/pets", headers).status == 200
    assert call("GET", "/pets", [*headers, ("Authorization", "Bearer x")]).status == 401
    assert call("GET", "/pets", [*headers, headers[1]]).status == 401


def test_health_needs_no_token(call):
    assert call("GET", "/healthz").json == {"status": "ok"}


def test_keys_that_cannot_be_read_refuse_with_503(call, issuer):
    class Unavailable:
        async def find(self, _key_id):
            raise KeysUnavailableError

    headers = [h for h in issuer.headers() if h[0] != "Host"]
    answer = call("GET", "/pets", headers, keys=Unavailable())
    assert (answer.status, answer.json["error"]) == (503, "keys_unavailable")
    assert "Retry-After" in answer.headers


def test_a_refusal_is_logged_as_one_line_without_the_token(call, issuer, caplog):
    token = issuer.token(aud="other")
    with caplog.at_level(logging.INFO, logger="portcullis.petstore.application"):
        call(
            "GET",
            "/pets/%0aforged-line",
            [h for h in issuer.headers(token) if h[0] != "Host"],
        )
    (record,) = [r for r in caplog.records if r.name == "portcullis.petstore.application"]
    line = record.getMessage()
    assert "\n" not in line
    assert json.loads(line)["reason"] == "The token is meant for another audience"
    assert json.loads(line)["requestId"] == "request-1"
    assert not any(part in line for part in token.split("."))
