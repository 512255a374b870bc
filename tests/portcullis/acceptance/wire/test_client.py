"""The raw client against small servers: every way in which a call can end is an outcome."""

import threading

import pytest
from OpenSSL import SSL

from portcullis.acceptance.wire import answer_reader
from portcullis.acceptance.wire.client import Wire, request_bytes
from portcullis.acceptance.wire.connection import Connection, Peer, Presented, TlsVersion
from portcullis.acceptance.wire.outcome import (
    Answer,
    Malformed,
    Moment,
    Refused,
    Silent,
    Unreachable,
)
from tests.portcullis.acceptance.lab import http, server_context

HELLO = request_bytes("GET", "/", [("Host", "localhost")])


@pytest.fixture
def presented(pki):
    files = pki.clients["pet-shop"]
    return Presented(certificate=files.certificate, key=files.key)


@pytest.fixture
def mutual_tls(pki):
    """A context that refuses a handshake without a client certificate."""
    return server_context(pki, verify=SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)


def test_a_connection_closed_without_an_answer_is_refused(ask):
    outcome = ask(None)
    assert isinstance(outcome, Refused)
    assert outcome.moment is Moment.REQUEST


def test_silence_differs_from_a_refusal(ask):
    released = threading.Event()
    try:
        assert isinstance(ask(lambda _asked: released.wait() and None, seconds=0.2), Silent)
    finally:
        released.set()


def test_a_closed_port_is_unreachable_not_a_refusal(serve, peer):
    server = serve(lambda _asked: None)
    server.close()
    for call in (
        lambda c: Wire().call(c, HELLO).outcome,
        lambda c: Wire().speak_plainly(c, HELLO),
        lambda c: Wire().offer_tls_1_1(c),
        lambda c: next(iter(Wire().call_many(c, HELLO, 3))),
    ):
        assert isinstance(call(Connection(peer=peer(server))), Unreachable)


def test_a_server_that_is_not_the_expected_one_is_unreachable(serve, pki, peer):
    server = serve(lambda _asked: http(403), server_context(pki))
    wrong_name = Peer(
        host="other.invalid", port=server.port, address="127.0.0.1", truststore=pki.ca_file
    )
    wrong_issuer = Peer(
        host="localhost", port=server.port, address="127.0.0.1", truststore=pki.truststore_file
    )
    for unexpected in (wrong_name, wrong_issuer):
        outcome = Wire().call(Connection(peer=unexpected), HELLO).outcome
        assert isinstance(outcome, Unreachable)
        assert "server certificate" in outcome.words


@pytest.mark.parametrize("version", [TlsVersion.V1_2, TlsVersion.V1_3])
def test_a_certificate_is_shown_over_the_version_asked_for(
    serve, mutual_tls, peer, presented, version
):
    server = serve(lambda _asked: http(200, b"in"), mutual_tls)
    connection = Connection(peer=peer(server), presented=presented, version=version)
    assert Wire().call(connection, HELLO).outcome.body == b"in"
    (asked,) = server.asked
    assert asked.version == version.value.replace("TLS ", "TLSv")
    assert asked.certificate is not None


@pytest.mark.parametrize("version", [TlsVersion.V1_2, TlsVersion.V1_3])
def test_a_missing_certificate_is_a_refused_connection(serve, mutual_tls, peer, version):
    server = serve(lambda _asked: http(200), mutual_tls)
    outcome = Wire().call(Connection(peer=peer(server), version=version), HELLO).outcome
    assert isinstance(outcome, Refused)
    assert server.asked == []


def test_no_older_version_is_taken_than_asked_for(serve, pki, peer):
    context = server_context(pki)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    connection = Connection(peer=peer(serve(lambda _asked: http(200), context)))
    assert Wire().call(connection, HELLO).outcome.status == 200
    newer = Connection(peer=connection.peer, version=TlsVersion.V1_3)
    assert isinstance(Wire().call(newer, HELLO).outcome, Refused)


def test_the_source_address_is_chosen(serve, peer):
    server = serve(lambda _asked: http(200))
    for source in ("127.0.0.1", "127.0.0.200", "127.0.1.1"):
        connection = Connection(peer=peer(server, tls=False), source=source)
        assert Wire().call(connection, HELLO).outcome.status == 200
    assert [asked.source for asked in server.asked] == ["127.0.0.1", "127.0.0.200", "127.0.1.1"]


def test_a_request_is_sent_byte_for_byte():
    sent = request_bytes("FETCH", "/%2e", [("A ", "1"), ("a", "\x00"), ("A", "é")], b"\xff")
    assert sent == b"FETCH /%2e HTTP/1.1\r\nA : 1\r\na: \x00\r\nA: \xe9\r\n\r\n\xff"


def test_an_early_answer_to_a_long_body_is_read(serve, peer):
    """The server answers and closes while the body is still under way."""

    def refuse(_asked):
        return http(413, b"too long", ("Connection", "close"))

    server = serve(refuse)
    request = request_bytes("POST", "/", [("Connection", "close")], b"a" * 8_000_000)
    outcome = Wire().call(Connection(peer=peer(server, tls=False)), request).outcome
    assert isinstance(outcome, Answer | Refused)
    if isinstance(outcome, Answer):
        assert outcome.status == 413


def test_a_request_hidden_in_a_body_is_answered_by_a_server_that_reads_it(serve, peer, monkeypatch):
    server = serve(lambda _asked: http(200))
    request = request_bytes("POST", "/", [("Content-Length", "0")], HELLO)
    connection = Connection(peer=peer(server, tls=False))
    for seconds in (0.5, 2, 8, 32):  # a busy server may be late with its second answer
        monkeypatch.setattr(answer_reader, "QUIET_SECONDS", seconds)
        outcome = Wire().call(connection, request, counts_answers=True).outcome
        if outcome.further:
            break
    assert outcome.further == 1


def test_a_session_is_resumed_where_the_server_grants_it(serve, pki, peer, presented):
    server = serve(lambda _asked: http(200), server_context(pki))
    line = Wire()
    for version in (TlsVersion.V1_2, TlsVersion.V1_3):
        connection = Connection(peer=peer(server), presented=presented, version=version)
        first = line.call(connection, HELLO)
        assert not first.resumed
        again = Connection(
            peer=peer(server), presented=presented, version=version, session=first.session
        )
        assert line.call(again, HELLO).resumed


def test_many_calls_use_one_connection_and_open_another_when_it_closes(serve, peer):
    count = 0

    def reply(_asked):
        nonlocal count
        count += 1
        return None if count == 3 else http(200)

    server = serve(reply)
    connection = Connection(peer=peer(server, tls=False))
    outcomes = list(Wire().call_many(connection, HELLO, 4))
    assert [outcome.status for outcome in outcomes] == [200] * 4


def test_many_calls_end_with_the_first_outcome_that_is_not_an_answer(serve, peer):
    server = serve(lambda _asked: None)
    outcomes = list(Wire().call_many(Connection(peer=peer(server, tls=False)), HELLO, 4))
    assert len(outcomes) == 1
    assert isinstance(outcomes[0], Refused)


# --- other protocols ----------------------------------------------------------------------------


def test_plain_http_to_a_tls_port_is_refused(serve, pki, peer):
    server = serve(lambda _asked: http(200), server_context(pki))
    assert isinstance(Wire().speak_plainly(Connection(peer=peer(server)), HELLO), Refused)


def test_plain_http_that_is_answered_is_an_answer(serve, peer):
    server = serve(lambda _asked: http(200))
    assert Wire().speak_plainly(Connection(peer=peer(server)), HELLO).status == 200


def test_a_server_that_accepts_tls_1_1_is_reported(serve, pki, peer):
    server = serve(lambda _asked: http(200), server_context(pki, minimum=SSL.TLS1_1_VERSION))
    outcome = Wire().offer_tls_1_1(Connection(peer=peer(server)))
    assert isinstance(outcome, Malformed)
    assert "TLS 1.1" in outcome.words


def test_a_server_that_wants_more_refuses_tls_1_1(serve, pki, peer):
    server = serve(lambda _asked: http(200), server_context(pki))
    outcome = Wire().offer_tls_1_1(Connection(peer=peer(server)))
    assert isinstance(outcome, Refused)
    assert outcome.words == "alert protocol version"
