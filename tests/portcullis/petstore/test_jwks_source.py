"""A JWKS is fetched from a file or an https URL."""

import datetime
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portcullis.errors import MisuseError
from portcullis.petstore.jwks import JwksError
from portcullis.petstore.jwks_source import MAX_JWKS_BYTES, jwks_source


def test_a_file_is_read_again_each_time(tmp_path, issuer, second):
    file = tmp_path / "jwks.json"
    file.write_bytes(issuer.jwks())
    read = jwks_source(str(file))
    assert read() == issuer.jwks()
    file.write_bytes(second.jwks())
    assert read() == second.jwks()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(JwksError, match=r"absent\.json"):
        jwks_source(str(tmp_path / "absent.json"))()


def test_an_endless_file_is_refused(tmp_path):
    file = tmp_path / "jwks.json"
    file.write_bytes(b" " * (MAX_JWKS_BYTES + 1))
    with pytest.raises(JwksError, match="longer"):
        jwks_source(str(file))()


@pytest.mark.parametrize("place", ["http://issuer.test/jwks", "ftp://issuer.test/", "https://"])
def test_only_https_urls_are_fetched(place):
    with pytest.raises(MisuseError, match="neither a file nor an https URL"):
        jwks_source(place)


def test_files_without_a_certificate_are_named(tmp_path):
    with pytest.raises(MisuseError, match="cannot be used"):
        jwks_source("https://issuer.test/jwks", truststore=tmp_path / "absent.pem")


class JwksServer(BaseHTTPRequestHandler):
    answers: dict[str, tuple[int, bytes]]

    def do_GET(self):
        status, body = self.answers[self.path]
        if not self.headers.get("User-Agent"):  # as AWSManagedRulesCommonRuleSet does
            status, body = 403, b'{"message":"Forbidden"}'
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/jwks")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def https(tmp_path_factory, issuer, server_identity):
    """An https server on loopback: URL and the file to trust."""
    certificate, key = server_identity
    JwksServer.answers = {
        "/jwks": (200, issuer.jwks()),
        "/moved": (302, b""),
        "/broken": (500, b"oops"),
        "/endless": (200, b" " * (MAX_JWKS_BYTES + 1)),
    }
    server = HTTPServer(("127.0.0.1", 0), JwksServer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}", certificate
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def server_identity(tmp_path_factory):
    """A self-signed certificate for localhost."""
    folder = tmp_path_factory.mktemp("https")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "server.pem", folder / "server.key"


def test_a_jwks_is_fetched_from_a_server_that_the_truststore_knows(https, issuer):
    url, truststore = https
    assert jwks_source(f"{url}/jwks", truststore=truststore)() == issuer.jwks()


def test_a_server_with_an_unknown_issuer_is_refused(https):
    url, _ = https
    with pytest.raises(JwksError, match="cannot be read"):
        jwks_source(f"{url}/jwks")()


@pytest.mark.parametrize(
    ("path", "message"),
    [("/moved", "answered 302"), ("/broken", "answered 500"), ("/endless", "longer")],
)
def test_an_answer_that_is_not_a_jwks_is_refused_and_redirects_are_not_followed(
    https, path, message
):
    url, truststore = https
    with pytest.raises(JwksError, match=message):
        jwks_source(url + path, truststore=truststore)()


def test_a_server_that_is_gone_is_named(https):
    _, truststore = https
    with pytest.raises(JwksError, match="https://localhost:1/jwks"):
        jwks_source("https://localhost:1/jwks", truststore=truststore)()
