"""Real handshakes against the front's TLS, with the standard library and pyOpenSSL as clients."""

import asyncio
import datetime
import shutil
import socket
import ssl
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL

from portcullis.gateway.edge.tls_contexts import TlsAcceptor, TlsSetupError
from portcullis.gateway.exchange import Endpoint, Layer, Response

DAY = datetime.timedelta(days=1)
GET = b"GET /pets HTTP/1.1\r\nHost: localhost\r\n\r\n"
VERSIONS = [
    pytest.param(ssl.TLSVersion.TLSv1_2, id="TLSv1.2"),
    pytest.param(ssl.TLSVersion.TLSv1_3, id="TLSv1.3"),
]


@pytest.fixture(scope="module")
def front(fronts):
    return fronts.start()


@pytest.fixture(autouse=True)
def _nothing_seen(front):
    front.requests.clear()
    front.refusals.clear()


def pinned(context: ssl.SSLContext, version: ssl.TLSVersion) -> ssl.SSLContext:
    context.minimum_version = context.maximum_version = version
    return context


def wait_for(condition) -> None:
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_trusted_client_certificate_reaches_the_gates(front, pki, shop, exchange_bytes, version):
    with front.connect(pinned(pki.client_context(shop), version)) as connection:
        answer = exchange_bytes(connection, GET)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    (request,) = front.requests
    assert request.tls.version == version.name.replace("_", ".").replace("TLSv1.", "TLSv1.")
    assert request.tls.cipher
    assert request.tls.server_name == "localhost"
    assert request.tls.client_certificate_pem == shop.pem.decode()
    assert request.tls.verify_failure is None


@pytest.mark.parametrize("version", VERSIONS)
def test_no_client_certificate_is_refused_in_the_handshake(front, pki, read_to_end, version):
    context = pinned(pki.client_context(), version)
    with pytest.raises(ssl.SSLError, match=r"(?i)certificate.required|handshake.failure"):  # noqa: PT012, SIM117
        with front.connect(context) as connection:  # 1.3 clients learn of it on their first read
            connection.settimeout(5)
            connection.sendall(GET)
            connection.recv(1)
    wait_for(lambda: front.refusals)
    assert front.refusals[0].status is None
    assert "did not return a certificate" in front.refusals[0].reason
    assert front.requests == []


def failing_clients():
    def weak_hash(pki):
        if shutil.which("openssl") is None:
            pytest.skip("no openssl command to sign with SHA-1")
        return sha1_signed(pki)

    def by_intermediate_unsent(pki):
        return pki.client(issuer=pki.issue("unsent", pki.ca, is_ca=True))

    return [
        pytest.param(
            lambda p: p.client(issuer=p.issue("other", is_ca=True)), {20}, id="unknown-ca"
        ),
        pytest.param(lambda p: p.issue("self"), {18}, id="self-signed"),
        pytest.param(lambda p: p.client(starts=-2 * DAY, ends=-DAY), {10}, id="expired"),
        pytest.param(lambda p: p.client(starts=DAY, ends=2 * DAY), {9}, id="not-yet-valid"),
        pytest.param(
            lambda p: p.client(usage=ExtendedKeyUsageOID.SERVER_AUTH), {26}, id="wrong-key-usage"
        ),
        pytest.param(lambda p: p.client(rsa_bits=1024), {66}, id="rsa-1024"),
        pytest.param(weak_hash, {68}, id="sha-1"),
        pytest.param(by_intermediate_unsent, {20}, id="missing-intermediate"),
        pytest.param(forged_name, {7, 20}, id="same-issuer-name-other-key"),
    ]


def forged_name(pki):
    """An authority that calls itself as the trusted one does, with a key of its own."""
    return pki.client(issuer=pki.issue("Portcullis Test CA", is_ca=True))


def sha1_signed(pki):
    client = pki.client("weak", rsa_bits=2048)
    _, key = pki.files(client)
    ca_chain, ca_key = pki.files(pki.ca)
    request = subprocess.run(
        ["openssl", "req", "-new", "-key", key, "-subj", "/CN=weak"],
        check=True,
        capture_output=True,
        timeout=20,
    ).stdout
    made = subprocess.run(
        [
            "openssl",
            "x509",
            "-req",
            "-sha1",
            "-days",
            "1",
            "-CA",
            ca_chain,
            "-CAkey",
            ca_key,
            "-set_serial",
            "7",
        ],
        input=request,
        check=True,
        capture_output=True,
        timeout=20,
    ).stdout
    client.certificate = x509.load_pem_x509_certificate(made)
    assert isinstance(client.certificate.signature_hash_algorithm, hashes.SHA1)
    return client


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("make", "codes"), failing_clients())
def test_a_chain_that_fails_is_reported_over_a_whole_handshake(
    front, pki, exchange_bytes, *, version, make, codes
):
    client = make(pki)
    with front.connect(pinned(pki.client_context(client), version)) as connection:
        exchange_bytes(connection, GET)
    (request,) = front.requests
    assert request.tls.verify_failure is not None
    assert request.tls.verify_failure.code in codes
    assert request.tls.verify_failure.message
    assert request.tls.client_certificate_pem == client.pem.decode()


def test_the_first_error_is_reported_not_the_last(front, pki, exchange_bytes):
    client = pki.client(issuer=pki.issue("other", is_ca=True), starts=-2 * DAY, ends=-DAY)
    with front.connect(pki.client_context(client)) as connection:
        exchange_bytes(connection, GET)
    assert front.requests[0].tls.verify_failure.code == 20  # then come 21 and 10


def test_intermediates_that_the_client_sends_count(front, pki, exchange_bytes):
    intermediate = pki.issue("sent", pki.ca, is_ca=True)
    client = pki.client(issuer=intermediate)
    with front.connect(pki.client_context(client, intermediate)) as connection:
        exchange_bytes(connection, GET)
    assert front.requests[0].tls.verify_failure is None
    assert front.requests[0].tls.client_certificate_pem == client.pem.decode()


@pytest.mark.parametrize(
    ("intermediates", "code"), [pytest.param(3, None, id="four"), pytest.param(4, 22, id="five")]
)
def test_four_authorities_are_the_longest_chain(front, pki, exchange_bytes, intermediates, code):
    chain = [pki.ca]
    for level in range(intermediates):
        chain.append(pki.issue(f"level {level}", chain[-1], is_ca=True))
    client = pki.client(issuer=chain[-1])
    with front.connect(pki.client_context(client, *reversed(chain[1:]))) as connection:
        exchange_bytes(connection, GET)
    failure = front.requests[0].tls.verify_failure
    assert (failure and failure.code) == code


def test_a_truststore_without_the_root_trusts_nobody(fronts, pki, exchange_bytes):
    intermediate = pki.issue("only me", pki.ca, is_ca=True)
    running = fronts.start(truststore=intermediate.pem)
    with running.connect(pki.client_context(pki.client(issuer=intermediate))) as connection:
        exchange_bytes(connection, GET)
    assert running.requests[0].tls.verify_failure.code == 2


# Resumption would skip the verify callback: a client refused once would come back accepted.


@pytest.mark.parametrize("ticket", [True, False], ids=["tickets", "session-ids"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_is_never_resumed(front, pki, exchange_bytes, version, ticket):
    context = pinned(pki.client_context(pki.issue("self")), version)
    if not ticket:
        context.options |= ssl.OP_NO_TICKET
    with front.connect(context) as first:
        exchange_bytes(first, GET)
        session = first.session
    raw = front.raw()
    with context.wrap_socket(raw, server_hostname="localhost", session=session) as second:
        assert not second.session_reused
        exchange_bytes(second, GET)
    assert [r.tls.verify_failure.code for r in front.requests] == [18, 18]


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION], ids=["1.2", "1.3"])
def test_a_session_offered_by_pyopenssl_is_verified_anew(front, pki, version):
    client = pki.client(starts=-2 * DAY, ends=-DAY)
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    context.use_certificate(client.certificate)
    context.use_privatekey(client.key)
    session = None
    for _ in range(3):
        connection = SSL.Connection(context, front.raw())
        if session is not None:
            connection.set_session(session)
        connection.set_tlsext_host_name(b"localhost")
        connection.set_connect_state()
        connection.settimeout(None)
        connection.do_handshake()
        connection.sendall(GET)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        session = connection.get_session()
        connection.shutdown()
        connection.close()
    assert [r.tls.verify_failure.code for r in front.requests] == [10, 10, 10]


def test_the_server_offers_no_ticket(front, pki, shop, exchange_bytes):
    context = pinned(pki.client_context(shop), ssl.TLSVersion.TLSv1_2)
    with front.connect(context) as connection:
        exchange_bytes(connection, GET)
        assert not connection.session.has_ticket
        assert connection.session.id == b""


# Versions, ciphers, protocols.


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_older_versions_are_refused(front, pki, shop, version):
    context = pinned(pki.client_context(shop), version)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        front.connect(context)
    assert front.requests == []


def test_a_cipher_without_forward_secrecy_is_refused(front, pki, shop):
    context = pinned(pki.client_context(shop), ssl.TLSVersion.TLSv1_2)
    context.set_ciphers("AES128-GCM-SHA256:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        front.connect(context)


def test_a_client_cannot_renegotiate(front, pki, shop):
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.use_certificate(shop.certificate)
    context.use_privatekey(shop.key)
    connection = SSL.Connection(context, front.raw())
    connection.set_tlsext_host_name(b"localhost")
    connection.set_connect_state()
    connection.settimeout(None)
    connection.do_handshake()
    connection.renegotiate()
    with pytest.raises(SSL.Error):
        connection.do_handshake()
    connection.close()


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), ([], None)],
    ids=["http", "both", "none"],
)
def test_http_1_1_is_the_one_protocol(front, pki, shop, exchange_bytes, *, offered, chosen):
    context = pki.client_context(shop)
    if offered:
        context.set_alpn_protocols(offered)
    with front.connect(context) as connection:
        assert connection.selected_alpn_protocol() == chosen
        assert exchange_bytes(connection, GET).startswith(b"HTTP/1.1 200")


def test_a_client_that_only_speaks_http_2_is_refused(front, pki, shop):
    context = pki.client_context(shop)
    context.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError, match=r"(?i)application.protocol"):
        front.connect(context)
    wait_for(lambda: front.refusals)
    assert front.refusals[0].reason == "h2"


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
def test_what_is_not_tls_is_dropped_without_a_word_of_http(front, read_to_end, data):
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


def test_a_client_that_leaves_during_the_handshake_is_noted(front):
    front.raw().close()
    wait_for(lambda: front.refusals)
    assert "went away" in front.refusals[0].reason


# Several domains on one listener.


@pytest.fixture(scope="module")
def several(fronts, pki):
    other = pki.issue("Other CA", is_ca=True)
    domains = [
        fronts.domain("localhost", truststore=pki.ca.pem),
        fronts.domain("plain.localhost"),
        fronts.domain("other.localhost", truststore=other.pem, minimum="TLSv1.3"),
    ]
    running = fronts.start(domains=domains)
    running.other = other
    return running


@pytest.mark.parametrize("version", VERSIONS)
def test_a_domain_without_a_truststore_asks_for_no_certificate(
    several, pki, shop, exchange_bytes, version
):
    several.requests.clear()
    for identity in (None, shop):
        context = pinned(pki.client_context(identity), version)
        with several.connect(context, "plain.localhost") as connection:
            assert exchange_bytes(connection, GET).startswith(b"HTTP/1.1 200")
    assert [r.tls.client_certificate_pem for r in several.requests] == [None, None]
    assert {r.tls.server_name for r in several.requests} == {"plain.localhost"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_domain_chosen_by_name_demands_its_certificate(several, pki, version):
    context = pinned(pki.client_context(), version)
    with pytest.raises(ssl.SSLError):  # noqa: PT012, SIM117
        with several.connect(context, "localhost") as connection:
            connection.settimeout(5)
            connection.sendall(GET)
            connection.recv(1)


@pytest.mark.parametrize(
    ("host", "failures"),
    [("localhost", [None, 20]), ("other.localhost", [19, None])],
)
def test_each_domain_has_its_own_truststore(several, pki, shop, exchange_bytes, *, host, failures):
    several.requests.clear()
    for identity in (shop, pki.client(issuer=several.other)):
        with several.connect(pki.client_context(identity), host) as connection:
            exchange_bytes(connection, GET)
    seen = [r.tls.verify_failure for r in several.requests]
    # 19: this client sends its root along, which is not in the other truststore
    assert [f and f.code for f in seen] == failures
    assert {r.tls.server_name for r in several.requests} == {host}


def test_each_domain_names_its_own_issuers(several, pki):
    for host, expected in (("localhost", pki.ca), ("other.localhost", several.other)):
        connection = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), several.raw())
        connection.set_tlsext_host_name(host.encode())
        connection.set_connect_state()
        connection.settimeout(None)
        connection.do_handshake()
        names = connection.get_client_ca_list(as_cryptography=True)
        assert names == [expected.certificate.subject]
        connection.close()


def test_a_domain_for_tls_1_3_refuses_1_2_beside_a_domain_that_takes_it(several, pki):
    identity = pki.client(issuer=several.other)
    context = pinned(pki.client_context(identity), ssl.TLSVersion.TLSv1_2)
    with pytest.raises(ssl.SSLError, match=r"(?i)protocol.version"):
        several.connect(context, "other.localhost")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["unknown.localhost", "localhost.", None])
def test_a_name_nobody_serves_is_refused(several, pki, shop, version, name):
    several.refusals.clear()
    context = pinned(pki.client_context(shop), version)
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        several.connect(context, name)
    wait_for(lambda: several.refusals)
    assert several.refusals[0].server_name == name
    assert "name" in several.refusals[0].reason


def test_a_name_compares_without_case(several, pki, shop, exchange_bytes):
    several.requests.clear()
    context = pki.client_context(shop)
    context.check_hostname = False
    with several.connect(context, "LOCALHOST") as connection:
        exchange_bytes(connection, GET)
    assert several.requests[0].tls.server_name == "localhost"


def test_weak_certificates_are_found_behind_a_chosen_domain(several, pki, exchange_bytes):
    several.requests.clear()
    with several.connect(pki.client_context(pki.client(rsa_bits=1024))) as connection:
        exchange_bytes(connection, GET)
    assert several.requests[0].tls.verify_failure.code == 66


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_of_one_domain_is_not_resumed_at_another(several, pki, exchange_bytes, version):
    several.requests.clear()
    context = pinned(pki.client_context(pki.client(issuer=several.other)), version)
    with several.connect(context, "plain.localhost") as first:
        exchange_bytes(first, GET)
        session = first.session
    second = context.wrap_socket(several.raw(), server_hostname="localhost", session=session)
    with second:
        exchange_bytes(second, GET)
    assert [r.tls.verify_failure and 20 for r in several.requests] == [None, 20]


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
        wait_for(lambda: running.front._transports)
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
        connection.settimeout(5)
        exchange_bytes(connection, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        connection.suppress_ragged_eofs = False
        assert connection.recv(1) == b""  # a bare FIN would raise
        connection.unwrap().close()


@pytest.mark.parametrize("end", ["close_notify", "fin"])
@pytest.mark.parametrize("together", [True, False], ids=["with-the-request", "after-it"])
def test_an_end_of_sending_does_not_lose_a_slow_answer(fronts, pki, shop, end, together):
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


def test_an_end_of_sending_within_a_body_ends_the_connection(front, pki, shop):
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


def pump_handshake(client, raw, incoming, outgoing) -> None:
    while True:
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            raw.sendall(outgoing.read())
            incoming.write(raw.recv(65536))
        else:
            raw.sendall(outgoing.read())
            return


def read_plain(client) -> bytes:
    plain = b""
    try:
        while piece := client.read(65536):
            plain += piece
    except ssl.SSLError:
        pass
    return plain


def test_pipelined_requests_of_a_client_that_only_sends_do_not_pile_up(fronts, pki, shop):
    async def large(_request):
        return Response(status=200, headers=(), body=b"x" * 1_000_000, layer=Layer.BACKEND)

    running = fronts.start(handle=large)
    with running.connect(pki.client_context(shop)) as connection:
        connection.settimeout(0.3)
        with pytest.raises((TimeoutError, ssl.SSLError)):
            connection.sendall(GET * 2_000_000)
        assert len(running.requests) < 200


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


# What cannot be served is refused before anything listens.


def _setup(pki, fronts, *, domain=None, files=None, key=None):
    chain, private = pki.files(pki.server)
    return TlsAcceptor(
        [domain or fronts.domain(truststore=pki.ca.pem)],
        {"localhost": (files or chain, key or private), "*.localhost": (chain, private)},
    )


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        pytest.param({"name": "nowhere.test"}, "no server certificate", id="no-certificate"),
        pytest.param({"name": "*.localhost"}, "wildcard", id="wildcard"),
        pytest.param({"minimum": "TLSv1.0"}, "TLSv1.0", id="version"),
        pytest.param({"truststore": b""}, "truststore", id="empty-truststore"),
        pytest.param({"truststore": b"-----"}, "truststore", id="junk-truststore"),
    ],
)
def test_a_domain_that_cannot_be_served_is_refused(pki, fronts, domain, words):
    files = pki.files(pki.server)
    with pytest.raises(TlsSetupError, match=words):
        TlsAcceptor([fronts.domain(**domain)], {"localhost": files, "*.localhost": files})


def test_a_key_that_is_not_the_certificates_is_refused(pki, fronts):
    chain, key = pki.files(pki.server)[0], pki.files(pki.ca)[1]
    with pytest.raises(TlsSetupError, match="private key"):
        TlsAcceptor([fronts.domain()], {"localhost": (chain, key)})
    with pytest.raises(TlsSetupError, match=r"absent\.pem"):
        TlsAcceptor([fronts.domain()], {"localhost": (pki.directory / "absent.pem", key)})


def test_a_listener_needs_a_domain_and_each_one_once(pki, fronts):
    with pytest.raises(TlsSetupError, match="without any domain"):
        TlsAcceptor([], {})
    files = {name: pki.files(pki.server) for name in ("localhost", "LOCALHOST")}
    with pytest.raises(TlsSetupError, match="same name"):
        TlsAcceptor([fronts.domain(), fronts.domain("LOCALHOST")], files)
