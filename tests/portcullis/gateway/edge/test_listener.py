"""The listener: addresses, ports, a connection limit, a close that lets calls end."""

import re
import socket
import ssl
import threading

import pytest

from portcullis.gateway.edge.listener import ListenError, serve
from portcullis.gateway.exchange import Endpoint
from tests.portcullis.gateway.edge.clients import GET, Held, answering, wait_for
from tests.portcullis.gateway.edge.conftest import TIMEOUT_SECONDS

H = b"Host: localhost\r\n"


STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@pytest.fixture(scope="module")
def front(fronts):
    return fronts.start(domains=[fronts.domain()])


def test_close_lets_a_call_under_way_end_and_refuses_new_ones(fronts, pki, read_to_end):
    gates = Held(b"late")
    running = fronts.start(domains=[fronts.domain()], handle=gates)
    idle = running.connect(pki.client_context())
    with running.connect(pki.client_context()) as busy:
        busy.sendall(GET)
        wait_for(lambda: running.requests)
        closing = threading.Thread(target=fronts.run, args=(running.front.close(250),))
        closing.start()
        wait_for(lambda: running.front._http.is_draining)
        gates.release()
        answer = read_to_end(busy)
        closing.join(300)
    assert answer.endswith(b"\r\n\r\nlate")
    assert b"\r\nConnection: close\r\n" in answer
    assert read_to_end(idle) == b""
    idle.close()
    with pytest.raises(ConnectionError):
        running.raw()


def test_close_does_not_wait_for_ever(fronts, pki):
    running = fronts.start(domains=[fronts.domain()], handle=answering(after=3600))
    with running.connect(pki.client_context()) as busy, running.raw():
        busy.sendall(GET)
        wait_for(lambda: running.requests)
        fronts.run(running.front.close(0.2))  # ends long before the answer would


def test_both_loopback_addresses_share_a_port(fronts, pki):
    running = fronts.start(domains=[fronts.domain()], addresses=("127.0.0.1", "::1"))
    with socket.create_connection(("::1", running.port), TIMEOUT_SECONDS) as raw:
        context = pki.client_context()
        with context.wrap_socket(raw, server_hostname="localhost") as connected:
            connected.sendall(GET)
            assert connected.recv(100).startswith(b"HTTP/1.1 200")
    assert running.requests[0].source_ip == "::1"


def test_a_taken_port_and_a_strange_address_are_named(fronts, pki, front):
    def start(address, port):
        return fronts.run(
            serve(
                domains=[fronts.domain()],
                server_certificates={"localhost": pki.files(pki.server)},
                handle=answering(),
                port=port,
                addresses=(address,),
            )
        )

    with pytest.raises(ListenError, match=rf"Port {front.port} on 127\.0\.0\.1 is in use"):
        start("127.0.0.1", front.port)
    with pytest.raises(ListenError, match=r"192\.0\.2\.1"):
        start("192.0.2.1", 0)


def test_a_full_listener_drops_the_next_connection(fronts, pki, shop, exchange_bytes):
    running = fronts.start(limits={"connections": 2})
    context = pki.client_context(shop)
    with running.connect(context) as one, running.connect(context):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            running.connect(context)
        assert exchange_bytes(one, GET).startswith(b"HTTP/1.1 200")


def test_the_default_endpoint_listens_without_client_certificates(fronts, pki, exchange_bytes):
    running = fronts.start(domains=[fronts.domain()], endpoint=Endpoint.DEFAULT)
    with running.connect(pki.client_context()) as connection:
        exchange_bytes(connection, GET)
    assert running.requests[0].endpoint is Endpoint.DEFAULT
    assert running.requests[0].tls.client_certificate_pem is None
