"""HTTP/1.1 of the front over real TLS: limits, strictness, and the Request that the gates get."""

import asyncio
import contextlib
import logging
import re
import socket
import ssl
import threading
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portcullis.gateway.edge.http_protocol import FrontLimits, HttpServer
from portcullis.gateway.exchange import Endpoint, Layer, Response, TlsPeer
from tests.portcullis.gateway.edge.clients import (
    Held,
    answering,
    pump_handshake,
    read_plain,
    wait_for,
)

H = b"Host: localhost\r\n"


GET = b"GET /pets HTTP/1.1\r\n" + H + b"\r\n"


STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@pytest.fixture(scope="module")
def front(fronts):
    return fronts.start(domains=[fronts.domain()])


@pytest.fixture(scope="module")
def hurried(fronts):
    """A front that waits half a second for a header."""
    return fronts.start(domains=[fronts.domain()], limits={"header_seconds": 0.5})


@pytest.fixture
def answered(hurried, pki, exchange_bytes):
    """A connection to it, answered once; a busy machine may be late with its first header."""
    for _ in range(50):
        hurried.requests.clear()
        with hurried.connect(pki.client_context()) as connected:
            if exchange_bytes(connected, GET).startswith(b"HTTP/1.1 200"):
                yield connected
                return
    pytest.fail("no header was in time")


@pytest.fixture
def connection(front, pki):
    front.requests.clear()
    front.refusals.clear()
    with front.connect(pki.client_context()) as connected:
        yield connected


def test_the_gates_get_the_request_as_it_was_sent(connection, front, exchange_bytes):
    before = time.time()
    exchange_bytes(
        connection,
        b"POST /pets//%2e?a=%20&a HTTP/1.1\r\nhOST: localhost:8443\r\nX-b: 2\r\nx-A:\t caf\xe9 \r\n"
        b"X-b: 1\r\nContent-Length: 4\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x00\xff",
    )
    (request,) = front.requests
    assert (request.method, request.target) == ("POST", "/pets//%2e?a=%20&a")
    assert (request.path, request.query) == ("/pets//%2e", "a=%20&a")
    assert request.headers == (
        ("hOST", "localhost:8443"),
        ("X-b", "2"),
        ("x-A", "café"),
        ("X-b", "1"),
        ("Content-Length", "4"),
        ("Content-Encoding", "gzip"),
    )
    assert request.body == b"\x1f\x8b\x00\xff"  # as it came, not unpacked
    assert (request.source_ip, request.source_port) == connection.getsockname()
    assert request.http_version == "HTTP/1.1"
    assert before <= request.received_at <= time.time()


def test_a_chunked_body_is_whole_and_its_trailers_are_dropped(connection, front, exchange_bytes):
    exchange_bytes(
        connection,
        b"POST / HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n"
        b"3;ext=1\r\npet\r\n1\r\ns\r\n0\r\nX-Trailer: a\r\n\r\n",
    )
    assert front.requests[0].body == b"pets"
    assert "X-Trailer" not in dict(front.requests[0].headers)


def test_a_connection_is_kept_and_pipelined_requests_are_answered_in_order(
    connection, front, exchange_bytes
):
    answer = exchange_bytes(connection, GET)
    assert b"\r\nConnection: keep-alive\r\n" in answer
    connection.sendall(b"".join(GET.replace(b"/pets", b"/%d" % n) for n in range(5)))
    answer = b""
    while answer.count(b"HTTP/1.1 200") < 5 or not answer.endswith(b"GET /4 0"):
        answer += connection.recv(65536)
    assert re.findall(rb"GET /(\d) 0", answer) == [b"0", b"1", b"2", b"3", b"4"]
    assert {r.source_port for r in front.requests} == {connection.getsockname()[1]}


def test_the_certificate_is_described_once_per_connection(connection, front, exchange_bytes):
    exchange_bytes(connection, GET)
    exchange_bytes(connection, GET)
    assert front.requests[0].tls is front.requests[1].tls


REFUSED = {
    "cl-te": b"POST / HTTP/1.1\r\n%bContent-Length: 5\r\n%c\r\n0\r\n\r\n",
    "te-cl": b"POST / HTTP/1.1\r\n%b%cContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two-lengths": b"POST / HTTP/1.1\r\n%bContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "equal-lengths": b"POST / HTTP/1.1\r\n%bContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "length-list": b"POST / HTTP/1.1\r\n%bContent-Length: 5, 5\r\n\r\nhello",
    "length-plus": b"POST / HTTP/1.1\r\n%bContent-Length: +5\r\n\r\nhello",
    "length-minus": b"POST / HTTP/1.1\r\n%bContent-Length: -5\r\n\r\nhello",
    "length-space": b"POST / HTTP/1.1\r\n%bContent-Length : 5\r\n\r\nhello",
    "length-underscore": b"POST / HTTP/1.1\r\n%bContent-Length: 1_0\r\n\r\nhello",
    "te-gzip": b"POST / HTTP/1.1\r\n%bTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "te-identity": b"POST / HTTP/1.1\r\n%bTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "te-twice": b"POST / HTTP/1.1\r\n%b%cTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "te-cloaked": b"POST / HTTP/1.1\r\n%bTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "te-tab": b"POST / HTTP/1.1\r\n%bTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n",
    "te-http-1.0": b"POST / HTTP/1.0\r\n%b%c\r\n0\r\n\r\n",
    "te-folded": b"POST / HTTP/1.1\r\n%bTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "fold": b"GET / HTTP/1.1\r\n%bX: a\r\n b\r\n\r\n",
    "fold-first": b"GET / HTTP/1.1\r\n X: a\r\n%b\r\n",
    "bare-lf": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "bare-lf-in-header": b"GET / HTTP/1.1\r\n%bX: a\nY: b\r\n\r\n",
    "bare-cr": b"GET / HTTP/1.1\r\n%bX: a\rY: b\r\n\r\n",
    "nul": b"GET / HTTP/1.1\r\n%bX: a\x00b\r\n\r\n",
    "nul-in-name": b"GET / HTTP/1.1\r\n%bX\x00: b\r\n\r\n",
    "nul-in-target": b"GET /\x00 HTTP/1.1\r\n%b\r\n",
    "absolute-form": b"GET http://localhost/pets HTTP/1.1\r\n%b\r\n",
    "absolute-form-other": b"GET https://elsewhere/pets HTTP/1.1\r\n%b\r\n",
    "asterisk-form": b"OPTIONS * HTTP/1.1\r\n%b\r\n",
    "connect": b"CONNECT localhost:443 HTTP/1.1\r\n%b\r\n",
    "upgrade": b"GET / HTTP/1.1\r\n%bConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "upgrade-h2c": b"GET / HTTP/1.1\r\n%bConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    "http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http-0.9": b"GET /pets\r\n\r\n",
    "http-2.0": b"GET / HTTP/2.0\r\n%b\r\n",
    "http-1.2": b"GET / HTTP/1.2\r\n%b\r\n",
    "no-host": b"GET / HTTP/1.1\r\n\r\n",
    "no-host-1.0": b"GET / HTTP/1.0\r\n\r\n",
    "two-hosts": b"GET / HTTP/1.1\r\n%bHost: other\r\n\r\n",
    "host-with-user": b"GET / HTTP/1.1\r\nHost: a@localhost\r\n\r\n",
    "fragment": b"GET /a#b HTTP/1.1\r\n%b\r\n",
    "space-in-target": b"GET /a b HTTP/1.1\r\n%b\r\n",
    "lower-case-method": b"get / HTTP/1.1\r\n%b\r\n",
    "unknown-method": b"STEAL / HTTP/1.1\r\n%b\r\n",
    "rtsp": b"DESCRIBE / RTSP/1.0\r\n%b\r\n",
    "rtsp-1.1": b"GET /pets RTSP/1.1\r\n%bUser-Agent: x\r\n\r\n",
    "ice": b"GET /pets ICE/1.0\r\n%b\r\n",
    "chunk-not-hex": b"POST / HTTP/1.1\r\n%b%c\r\nzz\r\n",
    "no-colon": b"GET / HTTP/1.1\r\n%bnonsense\r\n\r\n",
    "chunk-hex-prefix": b"POST / HTTP/1.1\r\n%b%c\r\n0x1\r\na\r\n0\r\n\r\n",
    "chunk-negative": b"POST / HTTP/1.1\r\n%b%c\r\n-1\r\na\r\n0\r\n\r\n",
    "chunk-overflow": b"POST / HTTP/1.1\r\n%b%c\r\nfffffffffffffffff\r\na",
    "chunk-bare-lf": b"POST / HTTP/1.1\r\n%b%c\r\n1\na\r\n0\r\n\r\n",
    "chunk-too-long": b"POST / HTTP/1.1\r\n%b%c\r\n1\r\nab\r\n0\r\n\r\n",
    "chunk-extension-lf": b"POST / HTTP/1.1\r\n%b%c\r\n1;\nx\r\na\r\n0\r\n\r\n",
    "trailer-length": b"POST / HTTP/1.1\r\n%b%c\r\n0\r\nContent-Length: 9\r\n\r\n",
    "many-headers": b"GET / HTTP/1.1\r\n%b" + b"X: a\r\n" * 300 + b"\r\n",
}


def raw(name: str) -> bytes:
    return REFUSED[name].replace(b"%b", H).replace(b"%c", b"Transfer-Encoding: chunked\r\n")


@pytest.mark.parametrize("name", REFUSED)
def test_an_ambiguous_request_is_refused_and_the_connection_closed(
    connection, front, read_to_end, name
):
    answer = read_to_end(connection, raw(name) + GET)
    assert STATUS.findall(answer) == [b"400"]
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b'{"message": "Bad Request"}')
    assert front.requests == []
    (request_id,) = re.findall(rb"\r\nx-amzn-RequestId: (.*)\r\n", answer)
    (refusal,) = [r for r in front.refusals if r.request_id == request_id.decode()]
    assert refusal.status == 400


@pytest.mark.parametrize("size", [1, 13])
@pytest.mark.parametrize("name", [n for n in REFUSED if n != "many-headers"])
def test_an_ambiguous_request_is_refused_in_pieces_too(connection, front, read_to_end, name, size):
    data = raw(name)
    with contextlib.suppress(ConnectionError, ssl.SSLError):  # it may be closed before the end
        for start in range(0, len(data), size):
            connection.sendall(data[start : start + size])
    assert STATUS.findall(read_to_end(connection)) == [b"400"]
    assert front.requests == []


@pytest.mark.parametrize("name", REFUSED)
def test_an_ambiguous_request_is_refused_behind_another_one_too(
    connection, front, exchange_bytes, read_to_end, name
):
    first = exchange_bytes(connection, GET)
    assert STATUS.findall(first) == [b"200"]
    answer = read_to_end(connection, raw(name) + GET)
    assert STATUS.findall(answer) == [b"400"]
    assert [r.target for r in front.requests] == ["/pets"]


@pytest.mark.parametrize("behind", [b"junk\r\n\r\n", REFUSED["no-host"]], ids=["junk", "no-host"])
@pytest.mark.parametrize("is_pipelined", [True, False])
def test_a_request_is_answered_alike_whatever_comes_behind_it(
    connection, front, read_to_end, behind, is_pipelined
):
    if is_pipelined:
        connection.sendall(GET + behind + GET)
    else:
        connection.sendall(GET)
        wait_for(lambda: front.requests)
        connection.sendall(behind + GET)
    assert STATUS.findall(read_to_end(connection)) == [b"200", b"400"]
    assert [r.target for r in front.requests] == ["/pets"]


def test_nothing_is_read_behind_a_request_that_closes_the_connection(
    connection, front, read_to_end
):
    closing = GET.replace(H, H + b"Connection: x, Close\r\n")
    answer = read_to_end(connection, closing + GET.replace(b"/pets", b"/smuggled"))
    assert STATUS.findall(answer) == [b"200"]
    assert [r.target for r in front.requests] == ["/pets"]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("behind", "statuses"),
    [
        pytest.param(b"", [b"200"], id="nothing"),
        pytest.param(b"\r\n\r\n", [b"200"], id="empty-lines"),
        pytest.param(b"GET /cut HT", [b"200"], id="half-a-head"),
        pytest.param(GET + GET, [b"200"] * 3, id="two-more"),
        pytest.param(
            GET + b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 9\r\n\r\npe",
            [b"200", b"200", b"400"],
            id="half-a-body",
        ),
    ],
)
def test_what_was_whole_is_answered_after_the_client_has_ended_its_half(
    fronts, pki, behind, statuses, together
):
    running = fronts.start(domains=[fronts.domain()], handle=answering(body=b"x", after=0.05))
    tls = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = pki.client_context().wrap_bio(*tls, server_hostname="localhost")
    with running.raw() as raw:
        pump_handshake(client, raw, *tls)
        client.write(GET + behind)
        if not together:
            raw.sendall(tls[1].read())
        with contextlib.suppress(ssl.SSLWantReadError):
            client.unwrap()  # close_notify
        raw.sendall(tls[1].read())
        while piece := raw.recv(65536):
            tls[0].write(piece)
    assert STATUS.findall(read_plain(client)) == statuses


def test_a_refusal_behind_a_head_request_has_a_body(connection, read_to_end):
    answer = read_to_end(connection, GET.replace(b"GET", b"HEAD") + b"junk\r\n\r\n")
    assert STATUS.findall(answer) == [b"200", b"400"]
    assert answer.endswith(b'{"message": "Bad Request"}')


def test_other_work_has_its_turn_between_pipelined_requests(fronts, pki, read_to_end):
    done = []

    async def handle(request):
        if not done:
            asyncio.get_running_loop().call_soon(done.append, "other work")
        done.append(request.method)
        return Response(status=200, headers=(), body=b"", layer=Layer.BACKEND)

    running = fronts.start(domains=[fronts.domain()], handle=handle)
    last = GET.replace(b"GET", b"HEAD").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with running.connect(pki.client_context()) as connection:
        assert len(STATUS.findall(read_to_end(connection, GET + GET + last))) == 3
    assert done == ["GET", "other work", "GET", "HEAD"]


def test_an_answer_leaves_after_what_its_gates_left_to_the_loop():
    done, answered = [], asyncio.Event()

    class Client(asyncio.Transport):
        def write(self, data):
            done.append(data[:12])
            answered.set()

        def is_closing(self):
            return False

    async def handle(_request):
        asyncio.get_running_loop().call_soon(done.append, "log line")
        return Response(status=200, headers=(), body=b"", layer=Layer.BACKEND)

    async def main():
        server = HttpServer(
            handle, endpoint=Endpoint.CUSTOM_DOMAIN, limits=FrontLimits(), on_refused=done.append
        )
        protocol = server()
        peer = TlsPeer(version="", cipher="", server_name=None, client_certificate_pem=None)
        protocol.connection_made(Client({"tls_peer": peer}))
        protocol.data_received(GET)
        await answered.wait()
        protocol.task.cancel()

    asyncio.run(main())
    assert done == ["log line", b"HTTP/1.1 200"]


def test_a_flood_of_pipelined_requests_is_answered_whole(connection, front):
    count = 4000  # more bytes than are kept ahead

    def send():
        connection.sendall(GET * count)

    sending = threading.Thread(target=send)
    sending.start()
    answers = 0
    rest = b""
    while answers < count:
        rest += connection.recv(65536)
        answers += rest.count(b"HTTP/1.1 200 ")
        rest = rest[-12:] if b"HTTP/1.1 200 " not in rest[-12:] else b""
    sending.join()
    assert len(front.requests) == count


CHUNKED_HEAD = b"POST /pets HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("second", [b"zz\r\n", b"1\r\nab", b"1;\x00\r\n", b"0\r\nnonsense\r\n\r\n"])
def test_a_malformed_chunk_after_the_head_is_refused_at_once(
    connection, front, read_to_end, second
):
    connection.sendall(CHUNKED_HEAD)
    wait_for_nothing_to_read(connection)
    answer = read_to_end(connection, second)
    assert STATUS.findall(answer) == [b"400"]
    assert front.requests == []
    assert "the body is not framed as its headers say" in [r.reason for r in front.refusals]


def wait_for_nothing_to_read(connection):
    """Until the server has read what was sent; it has nothing to answer yet."""
    connection.settimeout(0.1)
    with pytest.raises(TimeoutError):
        connection.recv(1)


def test_a_malformed_chunk_behind_a_slow_request_is_refused_after_its_answer(
    fronts, pki, read_to_end
):
    gates = Held(b"slow")
    running = fronts.start(domains=[fronts.domain()], handle=gates)
    with running.connect(pki.client_context()) as connected:
        connected.sendall(GET + CHUNKED_HEAD + b"1\r\na\r\n")
        wait_for_nothing_to_read(connected)
        connected.sendall(b"zz\r\n")
        wait_for_nothing_to_read(connected)
        gates.release()
        answer = read_to_end(connected)
    assert STATUS.findall(answer) == [b"200", b"400"]
    assert [r.method for r in running.requests] == ["GET"]


@pytest.mark.parametrize("size", [1, 9, 10_000])
def test_a_trailer_never_becomes_a_header_of_the_next_request(
    connection, front, exchange_bytes, size
):
    sent = CHUNKED_HEAD + b"1\r\na\r\n0\r\nX-T: 1\r\n\r\n" + GET + GET
    for start in range(0, len(sent), size):
        connection.sendall(sent[start : start + size])
    answer = b""
    while answer.count(b"HTTP/1.1 200") < 3:
        answer += connection.recv(65536)
    assert [r.method for r in front.requests] == ["POST", "GET", "GET"]
    assert [r.headers for r in front.requests[1:]] == [(("Host", "localhost"),)] * 2


@pytest.mark.parametrize("is_pipelined", [True, False])
def test_a_trailer_never_supplies_the_host_of_the_next_request(
    connection, front, exchange_bytes, read_to_end, is_pipelined
):
    posted = CHUNKED_HEAD + b"1\r\na\r\n0\r\nHost: localhost\r\n\r\n"
    hostless = b"GET /pets?nohost=1 HTTP/1.1\r\nUser-Agent: x\r\n\r\n"
    if is_pipelined:
        answer = read_to_end(connection, posted + hostless)
    else:
        answer = exchange_bytes(connection, posted) + read_to_end(connection, hostless)
    assert STATUS.findall(answer) == [b"200", b"400"]
    assert [r.method for r in front.requests] == ["POST"]


def test_http_1_0_is_answered_once(connection, front, read_to_end):
    answer = read_to_end(connection, b"GET / HTTP/1.0\r\n" + H + b"Connection: keep-alive\r\n\r\n")
    assert STATUS.findall(answer) == [b"200"]
    assert b"\r\nConnection: close\r\n" in answer
    assert front.requests[0].http_version == "HTTP/1.0"


def test_connection_close_is_honoured(connection, read_to_end):
    answer = read_to_end(connection, GET.replace(H, H + b"Connection: close\r\n"))
    assert STATUS.findall(answer) == [b"200"]


def test_too_large_a_header_is_431(connection, front, read_to_end):
    answer = read_to_end(connection, GET.replace(H, H + b"X: " + b"a" * 10_300 + b"\r\n"))
    assert STATUS.findall(answer) == [b"431"]
    assert answer.endswith(b"HTTP header is larger than 10240 bytes.")
    assert front.requests == []


def test_a_header_line_without_end_is_431(connection, front, read_to_end):
    answer = read_to_end(connection, GET.replace(H, H + b"X: " + b"a" * 100_000))
    assert STATUS.findall(answer) == [b"431"]


def test_a_body_of_exactly_the_quota_passes(connection, front, exchange_bytes):
    head = b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 10485760\r\n\r\n"
    assert STATUS.findall(exchange_bytes(connection, head + b"x" * 10_485_760)) == [b"200"]


def test_a_declared_body_above_the_quota_is_413_before_it_is_sent(connection, front, read_to_end):
    answer = read_to_end(
        connection, b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 10485761\r\n\r\n" + b"x" * 1000
    )
    assert STATUS.findall(answer) == [b"413"]
    assert answer.endswith(b"HTTP content length exceeded 10485760 bytes.")
    assert front.requests == []


def test_a_chunked_body_above_the_quota_is_413(connection, front, read_to_end):
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    head = b"POST / HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n"
    assert STATUS.findall(read_to_end(connection, head + chunk * 11)) == [b"413"]
    assert front.requests == []


def test_expect_100_continue_asks_for_the_body(connection, front, exchange_bytes):
    head = b"POST / HTTP/1.1\r\n" + H + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    connection.sendall(head)
    assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert exchange_bytes(connection, b"pets").startswith(b"HTTP/1.1 200")
    assert front.requests[0].body == b"pets"


def test_expect_100_continue_for_too_large_a_body_is_413_at_once(connection, read_to_end):
    head = b"POST / HTTP/1.1\r\n" + H + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"
    assert STATUS.findall(read_to_end(connection, head)) == [b"413"]


def test_another_expectation_is_417(connection, read_to_end):
    assert STATUS.findall(read_to_end(connection, GET.replace(H, H + b"Expect: x\r\n"))) == [b"417"]


def test_a_header_that_trickles_is_dropped(hurried, pki, read_to_end):
    hurried.requests.clear()
    with hurried.connect(pki.client_context()) as connected:
        assert read_to_end(connected, b"GET / HTTP/1.1\r\nX: ") == b""
    assert hurried.requests == []


def test_a_trickling_header_after_a_request_is_dropped_too(answered, hurried, exchange_bytes):
    assert exchange_bytes(answered, b"GET") == b""
    assert len(hurried.requests) == 1


def test_a_connection_between_requests_may_be_idle_for_longer(answered, exchange_bytes):
    time.sleep(0.8)  # more than a header may take
    assert exchange_bytes(answered, GET).startswith(b"HTTP/1.1 200")


def test_an_idle_connection_is_closed(fronts, pki, exchange_bytes):
    running = fronts.start(domains=[fronts.domain()], limits={"idle_seconds": 0.2})
    with running.connect(pki.client_context()) as connected:
        exchange_bytes(connected, GET)
        assert connected.recv(1) == b""


def test_a_body_that_trickles_is_408(fronts, pki, read_to_end):
    running = fronts.start(domains=[fronts.domain()], limits={"body_seconds": 0.2})
    with running.connect(pki.client_context()) as connected:
        head = b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 4\r\n\r\np"
        assert STATUS.findall(read_to_end(connected, head)) == [b"408"]
    assert running.requests == []


def test_bodies_in_memory_are_bounded_together(fronts, pki, read_to_end, exchange_bytes):
    running = fronts.start(domains=[fronts.domain()], limits={"buffered_body_bytes": 1000})
    post = b"POST / HTTP/1.1\r\n" + H + b"Content-Length: %d\r\n\r\n"
    with running.connect(pki.client_context()) as connected:
        assert STATUS.findall(read_to_end(connected, post % 1001 + b"x" * 1001)) == [b"503"]
    for _ in range(3):  # what was counted is given back
        with running.connect(pki.client_context()) as connected:
            answer = exchange_bytes(connected, post % 900 + b"x" * 900)
            assert STATUS.findall(answer) == [b"200"]


def test_a_body_cut_short_never_reaches_the_gates(connection, front):
    connection.sendall(b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 40\r\n\r\npets")
    connection.shutdown(socket.SHUT_RDWR)
    wait_for(lambda: not front.front._transports)  # the server has read to the end
    assert front.requests == []


# Answers.


def test_the_answer_is_written_as_given(fronts, pki, exchange_bytes):
    headers = (("x-amzn-RequestId", "r"), ("X-b", "1"), ("X-b", "2"), ("Date", "today"))
    running = fronts.start(domains=[fronts.domain()], handle=answering(418, headers, b"tea"))
    with running.connect(pki.client_context()) as connected:
        answer = exchange_bytes(connected, GET)
    assert answer == (
        b"HTTP/1.1 418 I'm a Teapot\r\nx-amzn-RequestId: r\r\nX-b: 1\r\nX-b: 2\r\nDate: today\r\n"
        b"Content-Length: 3\r\nConnection: keep-alive\r\n\r\ntea"
    )


async def failing(_request):
    raise RuntimeError("secret words")


@pytest.mark.parametrize(
    "handle",
    [
        pytest.param(failing, id="exception"),
        pytest.param(answering(headers=(("X", "a\r\nSet-Cookie: b"),)), id="injected-header"),
        pytest.param(answering(status=101), id="status"),
    ],
)
def test_a_failing_gate_is_a_500_without_its_words(fronts, pki, read_to_end, caplog, handle):
    running = fronts.start(domains=[fronts.domain()], handle=handle)
    with caplog.at_level(logging.ERROR), running.connect(pki.client_context()) as connected:
        answer = read_to_end(connected, GET)
    assert STATUS.findall(answer) == [b"500"]
    assert answer.endswith(b'{"message": "Internal server error"}')
    assert b"secret" not in answer
    assert b"Set-Cookie" not in answer
    assert caplog.records


def test_head_and_204_have_no_body(fronts, pki, exchange_bytes):
    running = fronts.start(domains=[fronts.domain()], handle=answering(body=b"pets"))
    with running.connect(pki.client_context()) as connected:
        connected.sendall(GET.replace(b"GET", b"HEAD"))
        assert connected.recv(1000).endswith(b"Content-Length: 4\r\nConnection: keep-alive\r\n\r\n")
        connected.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connected.recv(1)


# Strangers' bytes: whatever they are, never a 5xx, never a trace, never more than was said.

PIECES = st.sampled_from(
    [
        b"GET ", b"POST ", b"/", b"/pets?x", b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\n", b"\r",
        b"\t", b":", b"Host: localhost\r\n", b"Host: x\r\n", b"Content-Length: ", b"5", b"0", b"-1",
        b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: x\r\n", b"hello", b"0\r\n\r\n",
        b"5\r\nhello\r\n", b"Connection: close\r\n", b"Upgrade: h2c\r\n", b"\x00", b"\xff", b" ",
        b"Expect: 100-continue\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"X: y\r\n",
    ]
)  # fmt: skip


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.one_of(st.lists(PIECES, max_size=14).map(b"".join), st.binary(max_size=200)))
@example(data=b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello" + GET)
@example(data=b"\x16\x03\x01\x00\x05")
def test_no_bytes_of_a_client_cause_a_server_error(front, pki, read_to_end, data):
    front.requests.clear()
    with front.connect(FUZZ.setdefault("context", pki.client_context())) as connected:
        answer = read_to_end(
            connected, data + b"\r\n\r\n\x00\r\n\r\n"
        )  # junk that ends any request
    statuses = STATUS.findall(answer)
    assert not any(status.startswith(b"5") for status in statuses)
    assert b"Traceback" not in answer
    assert len(front.requests) <= data.count(b"HTTP/1.")
    for request in front.requests:
        assert request.header("host") in ("localhost", "x")
        framings = [n for n, _ in request.headers if n in ("Content-Length", "Transfer-Encoding")]
        assert len(framings) <= 1


FUZZ: dict = {}
