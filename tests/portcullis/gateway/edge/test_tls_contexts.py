"""Real handshakes with ssl and pyOpenSSL as clients: what is verified, and how."""

import datetime
import shutil
import ssl
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL

from portcullis.gateway.edge.tls_contexts import TlsAcceptor, TlsSetupError
from tests.portcullis.gateway.edge.clients import GET, VERSIONS, pinned, wait_for

DAY = datetime.timedelta(days=1)


DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def front(fronts):
    return fronts.start()


@pytest.fixture(autouse=True)
def _nothing_seen(front):
    front.requests.clear()
    front.refusals.clear()


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
            connection.settimeout(300)
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
        timeout=300,
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
        timeout=300,
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


def test_a_truststore_without_the_root_trusts_no_certificate(fronts, pki, exchange_bytes):
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
    assert front.refusals[0].reason == "ALPN offered h2 only; http/1.1 is needed"


AEAD = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"]
OTHERS = ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256"]


@pytest.mark.parametrize("cipher", [*AEAD, *OTHERS])
def test_only_ecdhe_with_an_aead_is_negotiated(front, pki, shop, cipher):
    context = pinned(pki.client_context(shop), ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    if cipher in AEAD:
        with front.connect(context) as connection:
            assert connection.cipher()[0] == cipher
        return
    with pytest.raises(ssl.SSLError, match=r"(?i)handshake.failure"):
        front.connect(context)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_handshake_without_a_server_name_means_the_one_domain_without_a_dot(
    front, pki, shop, exchange_bytes, version
):
    """Java's TLS sends none for localhost."""
    front.requests.clear()
    context = pinned(pki.client_context(shop), version)
    with front.connect(context, None) as connection:
        assert exchange_bytes(connection, GET).startswith(b"HTTP/1.1 200")
    assert front.requests[0].tls.server_name == "localhost"
    assert front.requests[0].tls.client_certificate_pem is not None


def test_a_handshake_without_a_server_name_still_needs_a_certificate(front, pki):
    context = pinned(pki.client_context(), ssl.TLSVersion.TLSv1_2)
    with pytest.raises(ssl.SSLError):
        front.connect(context, None)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_domain_with_a_dot_needs_its_server_name_as_on_aws(fronts, pki, shop, version):
    running = fronts.start(domains=[fronts.domain("api.localhost", truststore=pki.ca.pem)])
    context = pinned(pki.client_context(shop), version)
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        running.connect(context, None)


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
            connection.settimeout(300)
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
def test_an_unknown_server_name_is_refused(several, pki, shop, version, name):
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
    with pytest.raises(TlsSetupError, match="at least one custom domain"):
        TlsAcceptor([], {})
    files = {name: pki.files(pki.server) for name in ("localhost", "LOCALHOST")}
    with pytest.raises(TlsSetupError, match="same name"):
        TlsAcceptor([fronts.domain(), fronts.domain("LOCALHOST")], files)
