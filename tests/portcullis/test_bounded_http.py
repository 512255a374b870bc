"""One call and its deadline; hostile answers over TLS are in cli/certs/test_renewing_through.py."""

import socket
import threading
import time
from contextlib import contextmanager, suppress
from http.client import HTTPException

import pytest

from portcullis import bounded_http
from portcullis.bounded_http import AddressRefusedError, BodyError, HttpCall

HEAD = b"HTTP/1.1 200 OK\r\n"
NEVER = threading.Event()


@contextmanager
def serving(say):
    """A server that reads a request and calls ``say`` with its end of the connection."""

    def serve():
        with suppress(OSError), server.accept()[0] as connection:
            connection.recv(65_536)
            say(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
    thread.join()


def get(port, *, host="127.0.0.1", seconds=300, **changes):
    deadline = time.monotonic() + seconds
    settings = {"target": "/", "deadline": deadline, "max_bytes": 1000} | changes
    return HttpCall(host=host, port=port, **settings).send()


def test_status_body_and_location_are_answered():
    with serving(lambda end: end.sendall(HEAD + b"Content-Length: 2\r\n\r\nab")) as port:
        assert get(port) == bounded_http.HttpAnswer(status=200, location=None, body=b"ab")
    with serving(lambda end: end.sendall(b"HTTP/1.0 302 Found\r\nLocation: /b\r\n\r\nab")) as port:
        assert get(port) == bounded_http.HttpAnswer(status=302, location="/b", body=b"")


def test_of_an_error_only_a_part_is_read():
    with serving(lambda end: end.sendall(b"HTTP/1.1 500 No\r\n\r\n" + b"a" * 100_000)) as port:
        assert get(port).body == b"a" * 1000


def test_a_chunk_of_negative_size_does_not_fill_the_memory():
    """http.client's read() takes everything that comes for such a chunk."""

    def say(end):
        end.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n")
        while True:
            end.sendall(b"a" * 65_536)

    with serving(say) as port, pytest.raises((BodyError, HTTPException)):
        get(port)


def test_a_name_with_addresses_that_do_not_answer_ends_in_time(monkeypatch):
    """Each full backlog answers no further connection; one timeout each would be too long."""
    tried = []
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.create_connection(full.getsockname()),  # fills the queue
    ):
        address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname())
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [address] * 20)
        monkeypatch.setattr(socket, "socket", recording(tried))
        for seconds in (0.5, 2, 8, 32):  # on a busy machine the time may be over too early
            tried.clear()
            with pytest.raises(TimeoutError):
                get(80, host="many.example", seconds=seconds)
            if len(tried) == 20:
                break
    assert len(tried) == 20
    assert sum(tried) < 5 * seconds


def recording(timeouts):
    class Recording(socket.socket):
        def settimeout(self, seconds):
            timeouts.append(seconds)
            super().settimeout(seconds)

    return Recording


def test_a_name_that_is_not_resolved_ends_in_time(monkeypatch):
    asked = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: asked.wait() and [])
    with pytest.raises(TimeoutError):
        get(80, host="slow.example", seconds=0.1)
    asked.set()


def test_the_address_that_was_judged_is_the_one_that_is_called(monkeypatch):
    """A name that is resolved once more may lead elsewhere (DNS rebinding)."""
    answers = ["127.0.0.1", "127.0.0.9"]

    def resolve(_host, port, **_kind):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    with serving(lambda end: end.sendall(HEAD + b"\r\na")) as port:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        judged = []
        assert get(port, host="a.example", may_call=lambda a: judged.append(a) or True).body == b"a"
    assert judged == ["127.0.0.1"]
    assert answers == ["127.0.0.9"]


def test_of_several_addresses_only_those_that_may_be_called_are(monkeypatch):
    def resolve(_host, port, **_kind):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("127.0.0.9", "127.0.0.1")
        ]

    with serving(lambda end: end.sendall(HEAD + b"\r\na")) as port:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        assert get(port, host="a.example", may_call="127.0.0.1".__eq__).body == b"a"
    with pytest.raises(AddressRefusedError, match=r"127\.0\.0\.9"):
        get(port, host="a.example", may_call=lambda _address: False)


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_no_proxy_of_the_environment_is_called(monkeypatch, name):
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(lambda end: end.sendall(HEAD + b"\r\na")) as port:
        assert get(port).body == b"a"
