"""The record of a request at the backend: right, and then wrong in one way at a time."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.acceptance.run.arrival import ExpectedSender, ask, problem_of
from portcullis.acceptance.wire.connection import Peer
from tests.portcullis.acceptance.lab import http, json_answer

SENDER = ExpectedSender(
    client_id="pet-shop",
    thumbprint="T" * 43,
    request_id="request-1",
    source="127.0.0.1",
    forged=("forged",),
)


def token(**changed):
    claims = {"client_id": "pet-shop", "cnf": {"x5t#S256": "T" * 43}} | changed
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"Bearer eyJh.{part}.…"


RIGHT = [
    ["Host", "127.0.0.1:8081"],
    ["Authorization", token()],
    ["X-Client-Certificate-Thumbprint", "T" * 43],
    ["X-Request-Id", "request-1"],
    ["X-Forwarded-For", "203.0.113.7, 127.0.0.1"],
    ["X-Forwarded-Proto", "https"],
]


def without(name):
    return [header for header in RIGHT if header[0] != name]


def changed(name, value):
    return [[key, value if key == name else old] for key, old in RIGHT]


def arrived(headers):
    return [{"method": "GET", "target": "/pets", "headers": headers}]


def test_what_the_gateway_sends_has_no_problem():
    assert problem_of(arrived(RIGHT), SENDER) is None


@pytest.mark.parametrize("arrivals", [None, [], {}, arrived(RIGHT) * 2, "x"])
def test_a_call_arrives_exactly_once(arrivals):
    assert "not one" in problem_of(arrivals, SENDER)


@pytest.mark.parametrize("record", [None, {}, {"headers": None}, {"headers": [["a"]]}, []])
def test_a_record_without_headers_is_a_problem(record):
    assert problem_of([record], SENDER) == "the backend's record has no headers"


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ([*RIGHT, ["X-Copy", "a forged one"]], "the forged 'forged' arrived"),
        ([*RIGHT, ["X-Forged", ""]], "the forged 'forged' arrived"),
        (without("X-Client-Certificate-Thumbprint"), "0 thumbprint headers"),
        ([*RIGHT, ["x-client-certificate-thumbprint", "T" * 43]], "2 thumbprint headers"),
        (changed("X-Client-Certificate-Thumbprint", "U" * 43), "thumbprint that arrived is not"),
        (changed("X-Client-Certificate-Thumbprint", f"{'T' * 43},x"), "thumbprint that arrived"),
        (without("Authorization"), "0 Authorization headers"),
        ([*RIGHT, ["authorization", token()]], "2 Authorization headers"),
        (changed("Authorization", "Bearer x"), "does not hold a token of the authorizer"),
        (changed("Authorization", "Basic eyJh.e30.x"), "does not hold a token of the authorizer"),
        (changed("Authorization", token(cnf={"x5t#S256": "U" * 43})), "bound to another"),
        (changed("Authorization", token(cnf="T" * 43)), "does not hold a token of the authorizer"),
        (changed("Authorization", token(client_id="pet-viewer")), "names another client"),
        (without("X-Request-Id"), "request id that arrived"),
        (changed("X-Request-Id", "forged-id"), "the forged"),
        (changed("X-Request-Id", "request-2"), "request id that arrived"),
        ([*RIGHT, ["X-Request-Id", "request-1"]], "request id that arrived"),
        (without("X-Forwarded-For"), "last X-Forwarded-For"),
        (changed("X-Forwarded-For", "127.0.0.1, 203.0.113.7"), "last X-Forwarded-For"),
        ([*RIGHT, ["X-Forwarded-For", "203.0.113.7"]], "last X-Forwarded-For"),
        (without("X-Forwarded-Proto"), "X-Forwarded-Proto"),
        (changed("X-Forwarded-Proto", "http"), "X-Forwarded-Proto"),
        ([*RIGHT, ["X-Forwarded-Proto", "https"]], "X-Forwarded-Proto"),
    ],
)
def test_anything_else_is_a_problem(headers, problem):
    assert problem in problem_of(arrived(headers), SENDER)


def test_a_client_of_unknown_name_is_known_by_its_certificate():
    sender = ExpectedSender(
        client_id=None, thumbprint="T" * 43, request_id="request-1", source="127.0.0.1"
    )
    assert problem_of(arrived(changed("Authorization", token(client_id="who"))), sender) is None


@given(
    st.recursive(
        st.none() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["headers", "method"]), inner)
        ),
        max_leaves=6,
    )
)
def test_no_record_breaks_the_comparison(arrivals):
    assert problem_of(arrivals, SENDER) is not None


@pytest.mark.parametrize("answer", [b"", b"[]", b"null", b"\xff"])
def test_a_backend_without_a_record_gives_none(serve, answer):
    server = serve(lambda _asked: http(404, answer))
    peer = Peer(host="127.0.0.1", port=server.port, address="127.0.0.1", is_tls=False)
    assert ask(peer, "request-1") is None


def test_the_backend_is_asked_for_one_request(serve):
    server = serve(lambda _asked: json_answer(200, {"arrived": arrived(RIGHT)}))
    peer = Peer(host="127.0.0.1", port=server.port, address="127.0.0.1", is_tls=False)
    assert problem_of(ask(peer, "request-1"), SENDER) is None
    assert server.asked[0].path == "/_arrived/request-1"


def test_a_backend_that_is_gone_has_nothing_to_say(serve):
    server = serve(lambda _asked: None)
    server.close()
    peer = Peer(host="127.0.0.1", port=server.port, address="127.0.0.1", is_tls=False)
    assert ask(peer, "request-1") is None
