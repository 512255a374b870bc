"""The record of what the gateway sent to the backend, as it went over the wire."""

import hashlib

import pytest
import uvloop

from portcullis.errors import MisuseError
from portcullis.gateway.edge.upstream import HttpUpstream
from portcullis.laptop.recording_tap import KEPT_REQUESTS, RecordingTap, TappedFunctions
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
            "context": None,
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
        await upstream.send("PUT", url, headers, b"body", 300.0)
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
    "multiValueHeaders": {"X-Note": ["a", "b"]},
    "body": "{}",
    "requestContext": {"requestId": "one", "identity": {"sourceIp": "127.0.0.1"}},
}


class Functions:
    async def invoke(self, _name, _qualifier, event):
        return event["path"]


def test_the_event_of_a_function_is_found_by_the_request_id_of_its_context():
    """The headers of an event are the caller's own, so its X-Request-Id finds nothing."""
    tap = RecordingTap()
    functions = TappedFunctions(Functions(), tap)
    forged = EVENT | {"multiValueHeaders": {"X-Request-Id": ["two"]}}
    for event in (EVENT, forged):
        assert uvloop.run(functions.invoke("backend", None, event)) == "/pets"
    first, second = ask(tap, "one")
    assert first == {
        "method": "POST",
        "target": "/pets",
        "headers": [["X-Note", "a"], ["X-Note", "b"]],
        "body_bytes": 2,
        "body_sha256": hashlib.sha256(b"{}").hexdigest(),
        "context": EVENT["requestContext"],
    }
    assert second["headers"] == [["X-Request-Id", "two"]]
    assert ask(tap, "two") == []


def test_the_event_of_an_authorizer_is_not_recorded():
    tap = RecordingTap()
    functions = TappedFunctions(Functions(), tap)
    uvloop.run(functions.invoke("authorizer", None, EVENT | {"methodArn": "arn"}))
    assert ask(tap, "one") == []
