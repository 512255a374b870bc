"""The load changes its source address before the rate limit, and reports what it cannot do."""

import socket
import ssl
import threading
from contextlib import suppress

import pytest

from benchmarks.beside_nginx import load
from benchmarks.beside_nginx.backend import LIST_ANSWER
from benchmarks.beside_nginx.contender import BenchmarkError
from benchmarks.beside_nginx.load import Crowd, exchanges
from portcullis.pki import names
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.layout import Purpose


@pytest.fixture(scope="module")
def authority():
    return Hierarchy.create(Purpose.SERVER)


@pytest.fixture
def server(authority, tmp_path):
    """A TLS server that gives one answer to every request; it remembers its callers."""
    served = authority.issuing.issue_server([names.host("localhost")])
    (tmp_path / "server.pem").write_bytes(served.certificate_pem)
    (tmp_path / "server.key").write_bytes(served.key_pem)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    listening = socket.create_server(("127.0.0.1", 0))
    callers, threads, answer = [], [], [LIST_ANSWER]

    def serve(connection):
        with suppress(OSError), tls.wrap_socket(connection, server_side=True) as stream:
            while stream.recv(4096):
                stream.sendall(answer[0])

    def accept():
        with suppress(OSError):
            while True:
                connection, (address, _) = listening.accept()
                callers.append(address)
                threads.append(threading.Thread(target=serve, args=(connection,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    yield listening.getsockname()[1], callers, answer
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    for thread in [accepting, *threads]:
        thread.join()


@pytest.fixture
def crowd(server, authority):
    tls = ssl.create_default_context()
    tls.load_verify_locations(cadata=authority.anchors_pem(Purpose.SERVER).decode())
    made = Crowd(tls, server[0], next_address=2)
    yield made
    for caller in made.callers:
        caller.tls.close()


def test_a_connection_gives_way_before_its_address_is_used_up(server, crowd, monkeypatch):
    monkeypatch.setattr(load, "CALLS_OF_AN_ADDRESS", 3)
    crowd.connect()
    took = exchanges(crowd, lambda calls, _: calls < 8)
    assert len(took) == 8
    assert server[1] == ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    assert crowd.next_address == 5


def test_another_answer_ends_the_load(server, crowd):
    server[2][0] = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    crowd.connect()
    with pytest.raises(BenchmarkError, match="403"):
        exchanges(crowd, lambda calls, _: calls < 1)


def test_addresses_are_not_used_twice(crowd, monkeypatch):
    crowd.next_address = load.NETWORK.num_addresses - 1
    with pytest.raises(BenchmarkError, match="used up"):
        crowd.connect()
