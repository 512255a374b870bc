"""The TLS transport between TCP and HTTP: data, ends, limits, clients that leave."""

import asyncio
import socket
import ssl
import time

import pytest

from portcullis.gateway.exchange import Layer, Response
from tests.portcullis.gateway.edge.clients import (
    GET,
    VERSIONS,
    pinned,
    pump_handshake,
    read_plain,
    wait_for,
)


@pytest.fixture(scope="module")
def front(fronts):
    return fronts.start()


@pytest.fixture(autouse=True)
def _nothing_seen(front):
    front.requests.clear()
    front.refusals.clear()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(GET, id="http"),
        pytest.param(b"\x00" * 64, id="zeros"),
        pytest.param(b"\x16\x03\x01\xff\xff" + b"\x01" * 200, id="oversized-record"),
        pytest.param(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", id="short-client-hello"),
        pytest.param(b"SSH-2.0-x\r\n", id="ssh"),
    ],
)
def test_bytes_that_are_not_tls_get_no_http_answer(front, read_to_end, data):
    with front.raw() as connection:
        answer = read_to_end(connection, data)
    assert b"HTTP" not in answer
    assert len(answer) <= 7  # at most an alert
    assert front.requests == []


def test_a_handshake_that_stalls_is_dropped(fronts, read_to_end):
    running = fronts.start(limits={"handshake_seconds": 0.2})
    with running.raw() as connection:
        assert read_to_end(connection, b"\x16\x03\x01\x00\xff\x01") == b""
    wait_for(lambda: running.refusals)
    assert "0.2 seconds" in running.refusals[0].reason


def test_a_client_that_closes_during_the_handshake_is_reported(front):
    front.raw().close()
    # Also the refusal of an earlier test's client may come only now.
    wait_for(lambda: any("closed the connection" in r.reason for r in front.refusals))


# The transport.


def test_a_large_answer_arrives_whole(fronts, pki, shop, exchange_bytes):
    body = bytes(range(256)) * 40960  # 10 MiB

    async def large(_request):
        return Response(status=200, headers=(), body=body, layer=Layer.BACKEND)

    running = fronts.start(handle=large)
    with running.connect(pki.client_context(shop)) as connection:
        answer = exchange_bytes(connection, GET)
        again = exchange_bytes(connection, GET)
    assert answer.partition(b"\r\n\r\n")[2] == body
    assert again.partition(b"\r\n\r\n")[2] == body


def test_a_slow_reader_gets_a_large_answer_before_the_close(fronts, pki, shop, read_to_end):
    body = b"x" * 4_000_000

    async def large(_request):
        return Response(status=200, headers=(), body=body, layer=Layer.BACKEND)

    running = fronts.start(handle=large)
    with running.connect(pki.client_context(shop)) as connection:
        connection.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        time.sleep(0.3)  # the server has filled every buffer on the way
        answer = read_to_end(connection)
    assert answer.partition(b"\r\n\r\n")[2] == body


def test_a_client_that_never_reads_is_dropped(fronts, pki, shop):
    async def large(_request):
        return Response(status=200, headers=(), body=b"x" * 10_000_000, layer=Layer.BACKEND)

    running = fronts.start(handle=large, limits={"write_seconds": 0.2})
    with running.connect(pki.client_context(shop)) as connection:
        connection.sendall(GET)
        wait_for(lambda: running.requests)
        wait_for(lambda: not running.front._transports)


def test_a_large_body_arrives_whole(front, pki, shop, exchange_bytes):
    body = bytes(range(256)) * 4096 * 9
    head = f"POST /pets HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    with front.connect(pki.client_context(shop)) as connection:
        answer = exchange_bytes(connection, head.encode() + body)
    assert answer.endswith(f"POST /pets {len(body)}".encode())
    assert front.requests[0].body == body


def test_it_works_on_plain_asyncio_without_nagle_s_delay(
    plain_asyncio_fronts, pki, shop, exchange_bytes
):
    body = bytes(range(256)) * 8192
    delays = []

    async def mirror(request):
        (transport,) = running.front._transports
        tcp = transport.get_extra_info("socket")
        delays.append(tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        return Response(status=200, headers=(), body=request.body, layer=Layer.BACKEND)

    running = plain_asyncio_fronts.start(handle=mirror)
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
    with running.connect(pki.client_context(shop)) as connection:
        for _ in range(3):
            assert exchange_bytes(connection, post + body).partition(b"\r\n\r\n")[2] == body
    assert all(delays)


@pytest.mark.parametrize("version", VERSIONS)
def test_close_notify_ends_an_answered_connection(front, pki, shop, exchange_bytes, version):
    context = pinned(pki.client_context(shop), version)
    with front.connect(context) as connection:
        exchange_bytes(connection, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        connection.suppress_ragged_eofs = False
        assert connection.recv(1) == b""  # a bare FIN would raise
        connection.unwrap().close()


@pytest.mark.parametrize("end", ["close_notify", "fin"])
@pytest.mark.parametrize("together", [True, False], ids=["with-the-request", "after-it"])
def test_a_half_closed_client_still_gets_a_slow_answer(fronts, pki, shop, end, together):
    async def slow(_request):
        await asyncio.sleep(0.1)
        return Response(status=200, headers=(), body=b"late", layer=Layer.BACKEND)

    running = fronts.start(handle=slow)
    tls = ssl.MemoryBIO(), ssl.MemoryBIO()
    with running.raw() as raw:
        client = pki.client_context(shop).wrap_bio(*tls, server_hostname="localhost")
        pump_handshake(client, raw, *tls)
        client.write(GET + GET)
        if not together:
            raw.sendall(tls[1].read())
            wait_for(lambda: running.requests)
        if end == "close_notify":
            with pytest.raises(ssl.SSLWantReadError):
                client.unwrap()
        raw.sendall(tls[1].read())
        if end == "fin":
            raw.shutdown(socket.SHUT_WR)
        received = b""
        while piece := raw.recv(65536):
            received += piece
    tls[0].write(received)
    assert read_plain(client).count(b"late") == 2


def test_a_half_close_within_a_body_ends_the_connection(front, pki, shop):
    tls = ssl.MemoryBIO(), ssl.MemoryBIO()
    with front.raw() as raw:
        client = pki.client_context(shop).wrap_bio(*tls, server_hostname="localhost")
        pump_handshake(client, raw, *tls)
        client.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\npets")
        raw.sendall(tls[1].read())
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(65536):  # ends long before the body's own timeout
            pass
    assert front.requests == []


def test_pipelined_requests_of_a_client_that_only_sends_do_not_pile_up(fronts, pki, shop):
    async def large(_request):
        return Response(status=200, headers=(), body=b"x" * 1_000_000, layer=Layer.BACKEND)

    running = fronts.start(handle=large)
    with running.connect(pki.client_context(shop)) as connection:
        connection.settimeout(0.3)
        with pytest.raises((TimeoutError, ssl.SSLError)):
            connection.sendall(GET * 2_000_000)
        assert len(running.requests) < 200
