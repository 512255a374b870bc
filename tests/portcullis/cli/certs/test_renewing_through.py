"""What `certs renew --through` accepts from the API, and what it leaves as it was."""

import gzip
import json
import re
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from portcullis.cli.certs import renewing_through
from portcullis.cli.certs.renewing_through import (
    RenewalFailedError,
    ThroughApi,
    checked_chain,
)
from portcullis.pki import atomic, keys
from portcullis.pki.authority import Authority
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import PkiMisuseError
from portcullis.pki.names import san_uri
from portcullis.pki.own_pair import OwnPair
from tests.authorizer import surgery

NAMES = [san_uri("spiffe://x/shop")]
ROOT = Authority.root("client")
ISSUER = ROOT.intermediate("client")
KEY = keys.generate()


def issued(names=NAMES, *, common_name="shop", key=KEY, **how):
    return ISSUER.issue_client(common_name, names, key=key, **how)


def as_authority():
    """A CA certificate with the names and the key of the client."""
    old, made = issued().certificate, x509.CertificateBuilder()
    made = made.subject_name(old.subject).issuer_name(old.issuer).public_key(KEY.public_key())
    made = made.serial_number(1).not_valid_before(old.not_valid_before_utc)
    made = made.not_valid_after(old.not_valid_after_utc)
    for one in old.extensions:
        is_constraint = isinstance(one.value, x509.BasicConstraints)
        value = x509.BasicConstraints(ca=True, path_length=None) if is_constraint else one.value
        made = made.add_extension(value, one.critical)
    return made.sign(ISSUER.key, keys.signature_hash(ISSUER.key))


OLD = issued(key=keys.generate(), lifetime=timedelta(hours=24))


def test_a_good_chain_is_accepted():
    new = issued()
    assert checked_chain(new.certificate_pem, OLD.certificate, KEY)[0] == new.certificate


BAD = {
    "not PEM": lambda: b"<html>",
    "another key": lambda: issued(key=keys.generate()).certificate_pem,
    "another name": lambda: issued([san_uri("spiffe://x/hotel")]).certificate_pem,
    "another subject": lambda: issued(common_name="hotel").certificate_pem,
    "expired": lambda: issued(not_after=datetime.now(UTC) - timedelta(days=1)).certificate_pem,
    "not yet valid": lambda: (
        issued(not_before=datetime.now(UTC) + timedelta(days=1)).certificate_pem
    ),
    "for servers": lambda: issued(usages=[ExtendedKeyUsageOID.SERVER_AUTH]).certificate_pem,
    "another issuer": lambda: to_pem(
        issued().certificate, Authority.root("client").intermediate("client").certificate
    ),
    "not its issuer behind it": lambda: to_pem(*[issued().certificate] * 2),
    "five certificates": lambda: to_pem(
        issued().certificate, ISSUER.certificate, *[ROOT.certificate] * 3
    ),
    "an authority": lambda: to_pem(as_authority()),
    "a broken certificate": lambda: issued().certificate_pem.replace(b"MII", b"MIA", 1),
    "another version": lambda: surgery.signed_again(
        issued().certificate,
        lambda fields: fields.inside.__setitem__(
            surgery.VERSION, surgery.Element(0xA0, inside=[surgery.integer(9)])
        ),
    ).encode(),
    "an extension twice": lambda: surgery.signed_again(
        issued().certificate,
        lambda fields: fields[surgery.EXTENSIONS][0].inside.append(
            fields[surgery.EXTENSIONS][0][0]
        ),
    ).encode(),
    "a key of an unknown kind": lambda: surgery.signed_again(
        issued().certificate,
        lambda fields: fields[surgery.KEY].inside.__setitem__(
            0, surgery.sequence(surgery.object_identifier("1.3.6.1.4.1.99999.1"))
        ),
    ).encode(),
}


@pytest.mark.parametrize("pem", BAD.values(), ids=BAD)
def test_anything_else_is_refused(pem):
    with pytest.raises(RenewalFailedError, match="old certificate stays in place"):
        checked_chain(pem(), OLD.certificate, KEY)


@pytest.fixture
def pair(tmp_path):
    def make(credential=OLD):
        own = OwnPair(certificate=tmp_path / "shop.pem", key=tmp_path / "shop.key")
        atomic.write_private(own.key, credential.key_pem)
        atomic.write_public(own.certificate, credential.certificate_pem)
        return own

    return make


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch):
    monkeypatch.setattr(renewing_through, "PAUSE_SECONDS", 0)


@pytest.fixture
def api(tmp_path):
    """A server that asks for a client certificate and answers as ``answer`` says.

    That is a function of the signing request. It returns status and body, or all bytes of the
    answer, or a function of the handler that writes them. ``trial`` is what it would return for a
    call without a request.
    """
    root = Authority.root("server")
    server = root.issue_server([x509.DNSName("localhost")])
    (tmp_path / "server.pem").write_bytes(server.certificate_pem + server.key_pem)
    (tmp_path / "server-ca.pem").write_bytes(to_pem(root.certificate))
    (tmp_path / "client-ca.pem").write_bytes(to_pem(ISSUER.certificate))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            shown = x509.load_der_x509_certificate(self.connection.getpeercert(binary_form=True))
            listening.shown.append(shown)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = listening.answer(x509.load_pem_x509_csr(body)) if body else listening.trial
            with suppress(OSError):  # the client has heard enough
                self._say(answer)

        def _say(self, answer):
            self.close_connection = True
            if callable(answer):
                answer(self)
            elif isinstance(answer, bytes):
                self.wfile.write(answer)
            else:
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(answer[1])))
                self.end_headers()
                self.wfile.write(answer[1])

        def log_message(self, *_arguments):
            pass

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    context.load_verify_locations(tmp_path / "client-ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    listening.url = f"https://localhost:{listening.server_port}"
    listening.shown, listening.trial = [], (400, b'{"reason": "no_request"}')
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield listening
    listening.shutdown()
    thread.join()
    listening.server_close()


def through(api, pair, tmp_path, *, if_needed=False):
    ThroughApi(url=api.url, pair=pair, server_ca=tmp_path / "server-ca.pem").run(
        if_needed=if_needed, as_json=True
    )


def certified(csr, lifetime=timedelta(hours=12)):
    public_key = csr.public_key()
    made = ISSUER.certify(
        public_key,
        "shop",
        NAMES,
        usages=[ExtendedKeyUsageOID.CLIENT_AUTH],
        lifetime=lifetime,
    )
    return 200, to_pem(made, ISSUER.certificate)


def test_the_pair_is_replaced_by_a_new_key_and_its_certificate(api, pair, tmp_path, capsys):
    api.answer, own = certified, pair()
    through(api, own, tmp_path)
    leaf, key = own.read()
    assert keys.belongs(key, leaf.public_key())
    assert leaf.serial_number != OLD.certificate.serial_number
    assert json.loads(capsys.readouterr().out)["outcome"] == "renewed"


def test_the_new_pair_is_tried_at_the_api_before_it_counts(api, pair, tmp_path):
    api.answer, own = certified, pair()
    through(api, own, tmp_path)
    assert api.shown == [OLD.certificate, own.read()[0]]


def test_a_trial_that_fails_at_the_server_is_repeated(api, pair, tmp_path):
    def fail_once(handler):
        handler.wfile.write(b"HTTP/1.1 500 No\r\n\r\n")
        api.trial = (400, b'{"reason": "no_request"}')

    api.answer, api.trial, own = certified, fail_once, pair()
    through(api, own, tmp_path)
    assert own.read()[0] != OLD.certificate


def test_a_longer_lifetime_is_the_api_s_to_give(api, pair, tmp_path):
    api.answer, own = partial(certified, lifetime=timedelta(days=300)), pair()
    through(api, own, tmp_path)
    assert own.read()[0] != OLD.certificate


def test_http_1_0_without_a_length_is_an_answer(api, pair, tmp_path):
    api.answer, own = lambda csr: b"HTTP/1.0 200 OK\r\n\r\n" + certified(csr)[1], pair()
    through(api, own, tmp_path)
    assert own.read()[0] != OLD.certificate


def endless(*pieces):
    """An answer whose last piece comes again and again, for as long as the client listens."""

    def write(handler):
        for piece in pieces[:-1]:
            handler.wfile.write(piece)
        while True:
            handler.wfile.write(pieces[-1])

    return write


OTHER = issued(key=keys.generate()).certificate_pem
HEAD = b"HTTP/1.1 200 OK\r\n"
HOSTILE = {
    "refused": (403, b'{"message":"This certificate cannot be renewed.","reason":"revoked"}'),
    "broken": (502, b"\x1b[31mbad gateway"),
    "nested": (500, b"[" * 60_000),
    "for another key": (200, OTHER),
    "redirect": HEAD.replace(b"200", b"302") + b"Location: https://elsewhere.example/\r\n\r\n",
    "HTML": HEAD + b"Content-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
    "compressed": HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"a" * 10_000_000),
    "huge": (200, OTHER * 100),
    "endless": endless(HEAD + b"\r\n", OTHER),
    "cut off": HEAD + b"Content-Length: 9999\r\n\r\n" + OTHER,
    "no head": b"",
    "escapes for a status": b"\x1b[2J\x1b[1;1H\r\n\r\n",
    "many headers": HEAD + b"X: y\r\n" * 200 + b"\r\n",
    "a long header": HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
    "endless header": endless(HEAD + b"X: ", b"y" * 10_000),
    "chunk of negative size": endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n", OTHER),
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_without_a_good_certificate_the_old_pair_stays(api, pair, tmp_path, answer):
    api.answer, own = lambda _csr: answer, pair()
    assert_refused(api, own, tmp_path)


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_a_new_pair_that_the_api_does_not_accept_is_not_used(api, pair, tmp_path, answer):
    api.answer, api.trial, own = certified, answer, pair()
    assert_refused(api, own, tmp_path)


def continue_now_and_then(handler):
    while not NEVER.wait(0.02):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


NEVER = threading.Event()


@pytest.mark.parametrize(
    "answer",
    [lambda handler: handler.rfile.read(1), continue_now_and_then],
    ids=["silent", "now and then"],
)
def test_an_answer_without_an_end_is_ended(api, pair, tmp_path, monkeypatch, answer):
    monkeypatch.setattr(renewing_through, "TIMEOUT_SECONDS", 1)
    api.answer, own = lambda _csr: answer, pair()
    assert "took too long" in assert_refused(api, own, tmp_path)


def test_a_handshake_without_an_end_is_ended(pair, tmp_path, monkeypatch):
    monkeypatch.setattr(renewing_through, "TIMEOUT_SECONDS", 0.3)
    (tmp_path / "server-ca.pem").write_bytes(to_pem(ROOT.certificate))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        here = SimpleNamespace(url=f"https://localhost:{silent.getsockname()[1]}")
        assert "took too long" in assert_refused(here, pair(), tmp_path)


def test_a_server_of_another_name_gets_nothing(api, pair, tmp_path):
    api.url, own = api.url.replace("localhost", "127.0.0.1"), pair()
    assert "certificate is not valid for '127.0.0.1'" in assert_refused(api, own, tmp_path)
    assert api.shown == []


def test_no_proxy_of_the_environment_is_called(api, pair, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    api.answer, own = certified, pair()
    through(api, own, tmp_path)
    assert own.read()[0] != OLD.certificate


def assert_refused(api, own, tmp_path):
    """One line that says so, and each file as it was."""
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(RenewalFailedError) as failed:
        through(api, own, tmp_path)
    message = str(failed.value)
    assert message.isprintable(), message
    assert len(message) < 800
    assert re.search(r"\. The old certificate stays in place\.", message), message
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    return message


def test_a_server_that_is_not_trusted_gets_nothing(api, pair, tmp_path):
    api.answer, own = certified, pair()
    (tmp_path / "server-ca.pem").write_bytes(to_pem(ISSUER.certificate))
    with pytest.raises(RenewalFailedError, match="cannot be called"):
        through(api, own, tmp_path)
    assert own.read()[0] == OLD.certificate


def test_if_needed_leaves_what_is_not_due(api, pair, tmp_path, capsys):
    own = pair()  # a call would fail: nothing answers
    through(api, own, tmp_path, if_needed=True)
    assert json.loads(capsys.readouterr().out)["outcome"] == "not due"


def test_an_ended_certificate_cannot_be_renewed(api, pair, tmp_path):
    ended = issued(not_after=datetime.now(UTC) - timedelta(minutes=1))
    with pytest.raises(RenewalFailedError, match="only a valid certificate can be renewed"):
        through(api, pair(ended), tmp_path)


@pytest.mark.parametrize(
    "url", ["http://a.example", "a.example", "https://a.example/x", "https://"]
)
def test_an_address_that_is_none_is_refused(pair, tmp_path, url):
    with pytest.raises(PkiMisuseError, match="must be the API's address"):
        ThroughApi(url=url, pair=pair(), server_ca=None).run(if_needed=False, as_json=True)
