"""The certificates at work: real TLS handshakes, with the standard library on both sides."""

import socket
import ssl
import threading
from contextlib import closing

import pytest

from portcullis.pki import forge, laptop, names
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.layout import Purpose

TIMEOUT_SECONDS = 300


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return laptop.ensure(
        tmp_path_factory.mktemp("pki"),
        hosts=["localhost", "127.0.0.1"],
        clients={"pet-shop": names.default_san_uri("pet-shop")},
    )


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda v: v.name)
def version(request):
    return request.param


def server_context(pki, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(pki.server_certificate, pki.server_key)
    context.load_verify_locations(pki.truststore_file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(pki, certificate=None, key=None):
    context = ssl.create_default_context(cafile=pki.ca_file)
    if certificate:
        context.load_cert_chain(certificate, key)
    return context


def handshake(server, client, host="localhost"):
    """What the server learned of the client; raises what the client's side raised."""
    seen = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(TIMEOUT_SECONDS)

        def serve():
            raw, _ = listener.accept()
            raw.settimeout(TIMEOUT_SECONDS)
            try:
                with server.wrap_socket(raw, server_side=True) as connection:
                    seen.append(connection.getpeercert())
                    connection.sendall(b"welcome")
            except (ssl.SSLError, OSError) as error:
                raw.close()
                seen.append(error)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with (
                socket.create_connection(listener.getsockname(), TIMEOUT_SECONDS) as raw,
                client.wrap_socket(raw, server_hostname=host) as connection,
            ):
                # With TLS 1.3 the client learns of its refusal only when it reads.
                welcome = connection.recv(7)
        finally:
            thread.join(TIMEOUT_SECONDS)
    return seen[0], welcome


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_an_issued_client_is_let_in_and_known_by_its_san(pki, version, host):
    files = pki.clients["pet-shop"]
    peer, welcome = handshake(
        server_context(pki, version), client_context(pki, files.certificate, files.key), host
    )
    assert welcome == b"welcome"
    assert peer["subjectAltName"] == (("URI", "spiffe://portcullis.local/client/pet-shop"),)


def test_a_client_trusts_the_server_for_its_names_only(pki, version):
    files = pki.clients["pet-shop"]
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(
            server_context(pki, version),
            client_context(pki, files.certificate, files.key),
            "other.test",
        )


def test_a_client_without_a_certificate_is_refused(pki, version):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(server_context(pki, version), client_context(pki))


def test_the_servers_own_certificate_does_not_open_the_door(pki, version):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(
            server_context(pki, version),
            client_context(pki, pki.server_certificate, pki.server_key),
        )


@pytest.mark.parametrize(
    "make",
    [
        lambda sans: forge.self_signed("pet-shop", sans),
        lambda sans: Hierarchy.create(Purpose.CLIENT).issuing.issue_client("pet-shop", sans),
    ],
    ids=["self-signed", "unknown authority"],
)
def test_a_stranger_is_refused(pki, version, make, tmp_path):
    stranger = make([names.san_uri(names.default_san_uri("pet-shop"))])
    certificate, key = tmp_path / "a.pem", tmp_path / "a.key"
    certificate.write_bytes(stranger.certificate_pem)
    key.write_bytes(stranger.key_pem)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(server_context(pki, version), client_context(pki, certificate, key))
