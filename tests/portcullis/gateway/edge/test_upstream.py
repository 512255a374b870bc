"""The pool against a backend that sends scripted bytes on a raw socket."""

import asyncio
import gc
import socket
import ssl
from contextlib import asynccontextmanager

import pytest
import uvloop
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portcullis.gateway.edge.backend_tls import (
    BackendIdentity,
    BackendTls,
    UnknownCertificateError,
)
from portcullis.gateway.edge.upstream import ANSWER_LIMIT_BYTES, HttpUpstream, _AnswerReader
from portcullis.gateway.exchange import UpstreamError, UpstreamTimeoutError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npets"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CLOSE = object()  # in a script: close the connection
HANG = object()


class Backend:
    """Plays a script per connection: one entry per request it receives."""

    def __init__(self, *scripts):
        self.scripts = list(scripts)
        self.connections = 0
        self.requests: list[bytes] = []

    async def serve(self, reader, writer):
        script = self.scripts[min(self.connections, len(self.scripts) - 1)]
        self.connections += 1
        try:
            for step in script:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [h for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")]
                body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
                self.requests.append(head + body)
                for piece in step if isinstance(step, list) else [step]:
                    if piece is CLOSE:
                        return
                    if piece is HANG:
                        await asyncio.sleep(600)
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def backend(*scripts, tls=None, upstream=None):
    played = Backend(*scripts)
    server = await asyncio.start_server(played.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    pool = upstream or HttpUpstream()
    played.url = f"{'https' if tls else 'http'}://localhost:{port}/pets?type=dog"
    played.pool = pool
    try:
        yield played
    finally:
        await pool.close()
        server.close()


def call(*scripts, method="GET", headers=(), body=b"", times=1, timeout=60, **options):
    async def main():
        async with backend(*scripts, **options) as played:
            answers = [
                await played.pool.send(method, played.url, tuple(headers), body, timeout)
                for _ in range(times)
            ]
        return answers[-1], played

    return uvloop.run(main())


async def until(condition):
    async with asyncio.timeout(300):
        while not condition():  # noqa: ASYNC110 - the pool has no events
            await asyncio.sleep(0.01)


def test_the_request_is_written_once_and_exactly():
    headers = (("X-b", "2"), ("x-A", "é"), ("X-b", "1"))
    answer, played = call([OK], headers=headers)
    host = played.url.split("/")[2].encode()
    assert played.requests == [
        b"GET /pets?type=dog HTTP/1.1\r\nHost: "
        + host
        + b"\r\nX-b: 2\r\nx-A: \xe9\r\nX-b: 1\r\n\r\n"
    ]
    assert (answer.status, answer.body) == (200, b"pets")


def test_framing_is_the_pool_s_own_and_connection_options_are_not_obeyed():
    headers = (
        ("Connection", "close, Authorization"),
        ("Content-Length", "99"),
        ("Transfer-Encoding", "chunked"),
        ("Upgrade", "h2c"),
        ("TE", "trailers"),
        ("Authorization", "Bearer t"),
        ("Host", "backend.test"),
    )
    _, played = call([OK], method="POST", headers=headers, body=b"pets")
    assert played.requests[0] == (
        b"POST /pets?type=dog HTTP/1.1\r\nAuthorization: Bearer t\r\nHost: backend.test\r\n"
        b"Content-Length: 4\r\n\r\npets"
    )


def test_an_answer_leaves_nothing_for_the_garbage_collector():
    gc.collect()  # what other tests have left
    gc.disable()
    try:
        call([OK])
        assert not [o for o in gc.get_objects() if isinstance(o, _AnswerReader)]
    finally:
        gc.enable()


def test_a_post_without_a_body_states_its_length():
    _, played = call([OK], method="POST")
    assert played.requests[0].endswith(b"\r\nContent-Length: 0\r\n\r\n")


def test_headers_of_the_answer_are_kept_as_sent():
    answer, _ = call(
        [b"HTTP/1.1 201 Made\r\nX-b: 2\r\nx-A:\xe9\r\nX-b: 1\r\nConnection: keep-alive\r\n"
         b"Content-Length: 0\r\n\r\n"]
    )  # fmt: skip
    assert answer.headers == (
        ("X-b", "2"),
        ("x-A", "é"),
        ("X-b", "1"),
        ("Connection", "keep-alive"),
        ("Content-Length", "0"),
    )


def in_bytes(data):
    return [data[i : i + 1] for i in range(len(data))]


BODIES = {
    "length": OK,
    "chunked": CHUNKED + b"1;a=b\r\np\r\n3\r\nets\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"4\r\npets\r\n0\r\nX: y\r\n\r\n",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + OK,
}


@pytest.mark.parametrize("split", [False, True], ids=["whole", "byte-by-byte"])
@pytest.mark.parametrize("name", BODIES)
def test_every_framing_is_read_and_its_connection_kept(name, split):
    step = in_bytes(BODIES[name]) if split else BODIES[name]
    answer, played = call([step, step, step], times=3)
    assert (answer.status, answer.body) == (200, b"pets")
    assert "Link" not in dict(answer.headers)
    assert "X" not in dict(answer.headers)
    assert played.connections == 1


@pytest.mark.parametrize(
    ("method", "answer", "status"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", 200),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", 200),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", 304),
    ],
)
def test_answers_without_a_body_end_with_their_head(method, answer, status):
    last, played = call([answer, answer], method=method, times=2)
    assert (last.status, last.body) == (status, b"")
    assert played.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\npets", id="1.1"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\npets", id="1.0"),
    ],
)
def test_a_body_may_end_with_the_connection(answer):
    last, played = call([[answer, CLOSE]], times=2)
    assert last.body == b"pets"
    assert played.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK.replace(b"\r\n\r\n", b"\r\nConnection: Close\r\n\r\n"), id="close"),
        pytest.param(OK.replace(b"1.1", b"1.0"), id="http-1.0"),
        pytest.param(
            OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", id="second-answer"
        ),
        pytest.param(OK + b"junk", id="junk"),
    ],
)
def test_a_connection_whose_end_is_uncertain_is_not_used_again(answer):
    last, played = call([answer, HANG], times=3)
    assert last.body == b"pets"
    assert played.connections == 3


def test_an_answer_without_a_request_is_not_given_to_the_next_caller():
    async def main():
        forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
        async with backend([[OK, b"", b"", forged], OK], [OK, OK]) as played:
            await played.pool.send("GET", played.url, (), b"", 60)
            await until(lambda: not played.pool._all)  # the forged answer has arrived
            answer = await played.pool.send("GET", played.url, (), b"", 60)
            assert answer.body == b"pets"
            assert played.connections == 2

    uvloop.run(main())


BROKEN = {
    "two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\npets",
    "length-and-chunked": CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
    "gzip": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "gzip-chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "bad-length": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "negative-length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "not-http": b"SSH-2.0-OpenSSH\r\n",
    "switching": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    "control-character": b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "fold": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "too-large": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (ANSWER_LIMIT_BYTES + 1),
    "endless-header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000,
    "interim-flood": b"HTTP/1.1 103 Early\r\nX: aaaaaaaaaaaaaaaaaaa\r\n\r\n" * 2000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_that_breaks_the_protocol_is_an_error(name):
    with pytest.raises(UpstreamError) as failed:
        call([[BROKEN[name], HANG]])
    assert not isinstance(failed.value, UpstreamTimeoutError)


@pytest.mark.parametrize("framing", [b"Transfer-Encoding: chunked", b"Connection: close"])
def test_an_endless_body_is_cut_at_the_limit(framing):
    head = b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n"
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with pytest.raises(UpstreamError, match="exceeds"):
        call([[head] + [piece] * 200])


@pytest.mark.parametrize(
    "cut",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npe",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npe",
        b"HTTP/1.1 200 OK\r\nContent-",
    ],
)
def test_an_answer_cut_short_is_an_error(cut):
    with pytest.raises(UpstreamError, match="closed the connection"):
        call([[cut, CLOSE]])


# Kept connections that the backend has closed meanwhile.


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_a_repeatable_request_is_sent_again_when_a_kept_connection_was_closed(method):
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    answer, played = call([ok, CLOSE], [ok], method=method, times=2)
    assert answer.status == 200
    assert played.connections == 2
    assert len(played.requests) == 3


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_another_request_is_never_sent_twice(method):
    async def main():
        async with backend([OK, CLOSE], [OK]) as played:
            await played.pool.send(method, played.url, (), b"x", 60)
            with pytest.raises(UpstreamError, match="without an answer"):
                await played.pool.send(method, played.url, (), b"x", 60)
            assert len(played.requests) == 2

    uvloop.run(main())


def test_nothing_is_sent_again_once_a_byte_was_answered():
    async def main():
        async with backend([OK, [b"HTTP", CLOSE]], [OK]) as played:
            await played.pool.send("GET", played.url, (), b"", 60)
            with pytest.raises(UpstreamError, match="in its answer"):
                await played.pool.send("GET", played.url, (), b"", 60)

    uvloop.run(main())


def test_a_new_connection_that_is_closed_at_once_is_an_error_not_a_loop():
    with pytest.raises(UpstreamError, match="without an answer"):
        call([CLOSE])


def test_a_connection_closed_while_idle_is_not_tried():
    async def main():
        async with backend([[OK, CLOSE]], [OK]) as played:
            await played.pool.send("POST", played.url, (), b"", 60)
            await until(lambda: not played.pool._all)
            answer = await played.pool.send("POST", played.url, (), b"", 60)
            assert answer.body == b"pets"

    uvloop.run(main())


# Time and reach.


@pytest.mark.parametrize("step", [[HANG], [b"HTTP/1.1 200 OK\r\n", HANG], [OK[:-1], HANG]])
def test_a_slow_backend_is_a_timeout_and_its_connection_is_dropped(step):
    async def main(seconds):
        async with backend([step], [OK]) as played:
            with pytest.raises(UpstreamTimeoutError, match=rf"within {seconds:g} seconds"):
                await played.pool.send("GET", played.url, (), b"", seconds)
            if not played.requests:  # on a machine that is busy
                await main(2 * seconds)
                return
            assert (await played.pool.send("GET", played.url, (), b"", 60)).body == b"pets"
            assert played.connections == 2

    uvloop.run(main(0.1))


def test_a_kept_connection_is_timed_anew_and_dropped_when_it_hangs():
    async def main(seconds):
        async with backend([OK, HANG], [OK]) as played:
            try:
                answer = await played.pool.send("GET", played.url, (), b"", seconds)
            except UpstreamTimeoutError:  # on a machine that is busy
                assert seconds < 60
                await main(2 * seconds)
                return
            assert answer.body == b"pets"
            await asyncio.sleep(1.2 * seconds)  # the first call's timer must be gone
            with pytest.raises(UpstreamTimeoutError):
                await played.pool.send("GET", played.url, (), b"", 0.1)
            assert (await played.pool.send("GET", played.url, (), b"", 60)).body == b"pets"
            assert played.connections == 2

    uvloop.run(main(0.2))


def test_a_cancelled_call_leaves_no_connection_behind():
    async def main():
        async with backend([HANG]) as played:
            task = asyncio.create_task(played.pool.send("GET", played.url, (), b"", 60))
            await until(lambda: played.requests)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: not played.pool._all)

    uvloop.run(main())


def test_a_backend_that_is_down_is_an_error():
    async def main(port):
        with pytest.raises(UpstreamError, match="cannot connect to 127"):
            await HttpUpstream().send("GET", f"http://127.0.0.1:{port}/", (), b"", 60)

    with socket.socket() as taken:  # so that no other program listens there
        taken.bind(("127.0.0.1", 0))
        uvloop.run(main(taken.getsockname()[1]))


def test_calls_at_once_have_connections_of_their_own():
    async def main():
        async with backend([[b"", b"", OK]] * 3) as played:
            answers = await asyncio.gather(
                *(played.pool.send("GET", played.url, (), b"", 60) for _ in range(20))
            )
            assert [a.body for a in answers] == [b"pets"] * 20
            await asyncio.gather(
                *(played.pool.send("GET", played.url, (), b"", 60) for _ in range(20))
            )
            assert played.connections <= 40

    uvloop.run(main())


def test_closing_the_pool_fails_calls_under_way():
    async def main():
        async with backend([HANG]) as played:
            task = asyncio.create_task(played.pool.send("GET", played.url, (), b"", 60))
            await until(lambda: played.requests)
            await played.pool.close()
            with pytest.raises(UpstreamError):
                await task

    uvloop.run(main())


def server_tls(pki, *accepted):
    """With ``accepted`` certificates, a connection without one of them is refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki.files(pki.server))
    if accepted:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata="".join(one.pem.decode() for one in accepted))
    return context


def backend_tls(pki, *own):
    """Trusts the test authority; ``own`` are the certificates whose keys are here."""
    files = {one.pem.decode(): BackendIdentity(**_files(pki, one)) for one in own}
    return BackendTls(trust=pki.files(pki.ca)[0], find_identity=files.get)


def _files(pki, identity):
    certificate, key = pki.files(identity)
    return {"certificate": certificate, "key": key}


def test_an_https_backend_is_verified(pki):
    answer, played = call(
        [OK, OK], tls=server_tls(pki), upstream=HttpUpstream(tls=backend_tls(pki)), times=2
    )
    assert answer.body == b"pets"
    assert played.connections == 1


def test_an_https_backend_that_the_system_does_not_trust_is_an_error(pki):
    with pytest.raises(UpstreamError, match="certificate was not accepted"):
        call([OK], tls=server_tls(pki))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_backend_that_requires_the_client_certificate_gets_it(pki, version):
    gateway = pki.issue("ApiGateway")
    tls = server_tls(pki, gateway)
    tls.minimum_version = tls.maximum_version = version
    pool = HttpUpstream(tls=backend_tls(pki, gateway)).presenting(gateway.pem.decode())
    answer, played = call([OK, OK], tls=tls, upstream=pool, times=2)
    assert (answer.body, played.connections) == (b"pets", 1)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("presented", ["none", "another"])
def test_without_that_certificate_no_request_reaches_the_backend(pki, version, presented):
    gateway, other = pki.issue("ApiGateway"), pki.issue("ApiGateway")
    tls = server_tls(pki, gateway)
    tls.minimum_version = tls.maximum_version = version
    pool = HttpUpstream(tls=backend_tls(pki, other))
    if presented == "another":
        pool = pool.presenting(other.pem.decode())

    async def main():
        async with backend([OK], tls=tls, upstream=pool) as played:
            with pytest.raises(UpstreamError):
                await pool.send("GET", played.url, (), b"", 60)
            assert played.requests == []

    uvloop.run(main())


def test_a_certificate_without_its_key_on_this_machine_is_an_error(pki):
    pool = HttpUpstream(tls=backend_tls(pki))
    with pytest.raises(UnknownCertificateError, match="private key"):
        pool.presenting(pki.issue("ApiGateway").pem.decode())


def test_a_certificate_has_one_pool_which_ends_with_the_first(pki):
    gateway = pki.issue("ApiGateway")
    pool = HttpUpstream(tls=backend_tls(pki, gateway))
    presenting = pool.presenting(gateway.pem.decode())
    assert presenting is pool.presenting(gateway.pem.decode())

    async def main():
        async with backend([HANG], tls=server_tls(pki, gateway), upstream=pool) as played:
            task = asyncio.create_task(presenting.send("GET", played.url, (), b"", 60))
            await until(lambda: played.requests)
            await pool.close()
            with pytest.raises(UpstreamError):
                await task

    uvloop.run(main())


# What must not be written.


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://h/", "http:///x", "http://u@h/", "http://h:0/", "http://h:99999/", "http://h/#x",
        "http://h/a b", "http://h/a\r\nX: y", "http://h\\x/", "http://h/\\", "//h/", "http://h/é",
        "http://h/\x7f", "http://h:/", "http://h:x/", "http://h/\n",
    ],
)  # fmt: skip
def test_an_address_that_is_not_a_plain_url_is_an_error(url):
    with pytest.raises(UpstreamError):
        uvloop.run(HttpUpstream().send("GET", url, (), b"", 1))


@pytest.mark.parametrize(
    "header",
    [
        ("X", "a\r\nY: b"),
        ("X", "a\nb"),
        ("X", "\0"),
        ("X\r\nY", "b"),
        ("", "a"),
        ("X Y", "a"),
        ("X: a", "b"),
        ("X", "☃"),
    ],
)
def test_a_header_that_would_become_two_is_an_error(header):
    with pytest.raises(UpstreamError, match="cannot be sent"):
        call([OK], headers=[header])


def test_two_hosts_and_strange_methods_are_errors():
    with pytest.raises(UpstreamError, match="more than one Host"):
        call([OK], headers=[("Host", "a"), ("host", "b")])
    with pytest.raises(UpstreamError, match="method"):
        call([OK], method="GET / HTTP/1.1\r\nX:")


@settings(max_examples=150, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=120),
        st.sampled_from(list(BROKEN.values())).flatmap(
            lambda b: st.tuples(st.just(b[:300]), st.binary(max_size=20)).map(b"".join)
        ),
    )
)
@example(data=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\x00")
def test_no_bytes_of_a_backend_cause_anything_but_an_answer_or_an_error(data):
    async def main():
        upstream = FUZZ.setdefault("pool", HttpUpstream())
        async with backend([[data, CLOSE]], upstream=upstream) as played:
            try:
                answer = await upstream.send("GET", played.url, (), b"", 60)
            except UpstreamTimeoutError:
                raise
            except UpstreamError:
                return
            assert 200 <= answer.status < 1000
            assert len(answer.body) <= len(data)

    FUZZ["runner"] = FUZZ.get("runner") or asyncio.Runner(loop_factory=uvloop.new_event_loop)
    FUZZ["runner"].run(main())


FUZZ: dict = {}


@pytest.fixture(scope="module", autouse=True)
def _close_runner():
    yield
    FUZZ["runner"].close()
