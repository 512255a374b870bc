"""What `certs renew --through` accepts from the API, and what it leaves as it was."""

import json
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

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

NAMES = [san_uri("spiffe://x/shop")]
ISSUER = Authority.root("client").intermediate("client")
KEY = keys.generate()


def issued(names=NAMES, *, common_name="shop", key=KEY, **how):
    return ISSUER.issue_client(common_name, names, key=key, **how)


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


@pytest.fixture
def api(tmp_path):
    """A server that asks for a client certificate and answers as ``answer`` says."""
    root = Authority.root("server")
    server = root.issue_server([x509.DNSName("localhost")])
    (tmp_path / "server.pem").write_bytes(server.certificate_pem + server.key_pem)
    (tmp_path / "server-ca.pem").write_bytes(to_pem(root.certificate))
    (tmp_path / "client-ca.pem").write_bytes(to_pem(ISSUER.certificate))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = listening.answer(x509.load_pem_x509_csr(body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

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


def certified(csr):
    public_key = csr.public_key()
    made = ISSUER.certify(
        public_key,
        "shop",
        NAMES,
        usages=[ExtendedKeyUsageOID.CLIENT_AUTH],
        lifetime=timedelta(hours=12),
    )
    return 200, to_pem(made, ISSUER.certificate)


def test_the_pair_is_replaced_by_a_new_key_and_its_certificate(api, pair, tmp_path, capsys):
    api.answer, own = certified, pair()
    through(api, own, tmp_path)
    leaf, key = own.read()
    assert keys.belongs(key, leaf.public_key())
    assert leaf.serial_number != OLD.certificate.serial_number
    assert json.loads(capsys.readouterr().out)["outcome"] == "renewed"


@pytest.mark.parametrize(
    "answer",
    [
        (403, b'{"message":"This certificate cannot be renewed.","reason":"revoked"}'),
        (502, b"\x1b[31mbad gateway"),
        (200, issued(key=keys.generate()).certificate_pem),
    ],
    ids=["refused", "broken", "for another key"],
)
def test_without_a_good_certificate_the_old_pair_stays(api, pair, tmp_path, answer):
    api.answer, own = lambda _csr: answer, pair()
    with pytest.raises(RenewalFailedError) as failed:
        through(api, own, tmp_path)
    assert "\x1b" not in str(failed.value)
    assert own.read()[0] == OLD.certificate


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
