"""The record of what the gateway sent to the backend, as it went over the wire."""

import hashlib

import pytest
import uvloop

from portcullis.errors import MisuseError
from portcullis.gateway.edge.upstream import HttpUpstream
from portcullis.laptop.recording_tap import KEPT_REQUESTS, RecordingTap
from tests.portcullis.acceptance.lab import Server, http


def ask(tap, request_id):
    return uvloop.run(tap.answer({"request_id": request_id}))["sent"]


def request(request_id, body=b""):
    return b"POST /pets HTTP/1.1\r\nHost: h\r\nX-Request-Id: %s\r\n\r\n%s" % (request_id, body)


def test_a_request_is_found_by_its_id_with_all_that_was_sent():
    tap = RecordingTap()
    tap.record(request(b"one", b"{}"))
    tap.record(request(b"two"))
    assert ask(tap, "one") == [
        {
            "method": "POST",
            "target": "/pets",
            "headers": [["Host", "h"], ["X-Request-Id", "one"]],
            "body_bytes": 2,
            "body_sha256": hashlib.sha256(b"{}").hexdigest(),
        }
    ]
    assert ask(tap, "three") == []


def test_a_request_that_was_sent_twice_is_found_twice():
    tap = RecordingTap()
    tap.record(request(b"one"))
    tap.record(request(b"one"))
    assert len(ask(tap, "one")) == 2


def test_the_oldest_requests_are_forgotten():
    tap = RecordingTap()
    for number in range(KEPT_REQUESTS + 1):
        tap.record(request(str(number).encode()))
    assert ask(tap, "0") == []
    assert len(ask(tap, "1")) == 1


@pytest.mark.parametrize("asked", [{}, {"request_id": ""}, {"request_id": 7}])
def test_a_record_is_asked_for_by_a_request_id(asked):
    with pytest.raises(MisuseError, match="request_id"):
        uvloop.run(RecordingTap().answer(asked))


def test_what_is_recorded_is_what_the_backend_read():
    """A wrong record would let every case about headers pass."""
    server = Server(lambda _asked: http(200, b"ok"))
    tap = RecordingTap()

    async def call():
        upstream = HttpUpstream(sent=tap.record)
        url = f"http://127.0.0.1:{server.port}/a?b=c"
        headers = (("X-Request-Id", "one"), ("x-note", "a"), ("X-Note", "b"))
        await upstream.send("PUT", url, headers, b"body", 5.0)
        await upstream.close()

    try:
        uvloop.run(call())
    finally:
        server.close()
    (asked,) = server.asked
    (sent,) = ask(tap, "one")
    lines = [line.split(": ", 1) for line in asked.head.split("\r\n")[1:]]
    assert (sent["method"], sent["target"], sent["headers"]) == (asked.method, asked.path, lines)
    assert sent["body_sha256"] == hashlib.sha256(asked.body).hexdigest()


EVENT = {
    "httpMethod": "POST",
    "path": "/pets",
    "headers": {
        "Authorization": "Bearer forged",
        "X-Client-Certificate-Thumbprint": "forged",
        "X-Request-Id": "forged",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
    },
    "requestContext": {
        "requestId": "one",
        "authorizer": {"authorization": "Bearer minted", "certificateThumbprint": "T"},
    },
    "body": "{}",
    "isBase64Encoded": False,
}


def test_of_an_event_what_the_function_may_trust_is_kept():
    tap = RecordingTap()
    tap.record_event(EVENT)
    (sent,) = ask(tap, "one")
    assert (sent["method"], sent["target"], sent["body_bytes"]) == ("POST", "/pets", 2)
    assert dict(sent["headers"]) == {
        "Authorization": "Bearer minted",
        "X-Client-Certificate-Thumbprint": "T",
        "X-Request-Id": "one",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
    }


def test_an_event_without_an_authorizer_has_no_token():
    tap = RecordingTap()
    tap.record_event(EVENT | {"requestContext": {"requestId": "one"}, "body": None})
    (sent,) = ask(tap, "one")
    assert "Authorization" not in dict(sent["headers"])
