"""The key set: what it accepts as a JWKS, how long it keeps it, how often it asks."""

import asyncio
import datetime
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from portcullis.errors import MisuseError
from portcullis.petstore.keys import (
    MAX_JWKS_BYTES,
    JwksError,
    KeySet,
    KeysUnavailableError,
    jwks_source,
    parse_jwks,
)


class Place:
    """Where the JWKS lies; counts how often it is read."""

    def __init__(self, text: bytes) -> None:
        self.text: bytes | None = text
        self.reads = 0

    def __call__(self) -> bytes:
        self.reads += 1
        if self.text is None:
            raise JwksError("gone")
        return self.text


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def both(*issuers):
    return json.dumps({"keys": [issuer.jwk() for issuer in issuers]}).encode()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def place(issuer):
    return Place(issuer.jwks())


@pytest.fixture
def keys(place, clock):
    return KeySet(place, clock=clock, floor_seconds=30, max_age_seconds=300)


@pytest.fixture
def second(issuer):
    return type(issuer)(key_id="key-2")


def test_a_known_key_is_read_once(keys, place, issuer):
    async def find_twice():
        return [await keys.find("key-1") for _ in range(2)]

    first, again = asyncio.run(find_twice())
    assert first.public_numbers() == issuer.private.public_key().public_numbers()
    assert first is again
    assert place.reads == 1


def test_a_new_key_is_found_without_a_restart(keys, place, clock, issuer, second):
    async def rotate():
        await keys.load()
        place.text = both(issuer, second)
        clock.seconds += 31
        return await keys.find("key-2")

    assert asyncio.run(rotate()) is not None


def test_invented_key_ids_cause_one_read_per_floor_interval(keys, place, clock):
    async def flood():
        await keys.load()
        clock.seconds += 31
        for number in range(50):
            assert await keys.find(f"invented-{number}") is None

    asyncio.run(flood())
    assert place.reads == 2


def test_invented_key_ids_at_the_same_moment_cause_one_read(keys, place, clock):
    async def flood():
        await keys.load()
        clock.seconds += 31
        await asyncio.gather(*(keys.find(f"invented-{number}") for number in range(20)))

    asyncio.run(flood())
    assert place.reads == 2


def test_a_withdrawn_key_stops_working_when_the_copy_is_too_old(keys, place, clock, second):
    async def withdraw():
        assert await keys.find("key-1") is not None
        place.text = second.jwks()
        clock.seconds += 300
        return await keys.find("key-1")

    assert asyncio.run(withdraw()) is None


def test_an_old_copy_that_cannot_be_read_again_is_not_used(keys, place, clock):
    async def lose():
        await keys.load()
        place.text = None
        clock.seconds += 300
        await keys.find("key-1")

    with pytest.raises(KeysUnavailableError):
        asyncio.run(lose())


def test_keys_that_were_never_read_are_unavailable_and_not_unknown(place, clock):
    place.text = None
    with pytest.raises(KeysUnavailableError):
        asyncio.run(KeySet(place, clock=clock).find("key-1"))


def test_a_failed_read_keeps_the_copy_while_it_is_fresh(keys, place, clock):
    async def stumble():
        await keys.load()
        place.text = None
        clock.seconds += 31
        assert await keys.find("invented") is None
        return await keys.find("key-1")

    assert asyncio.run(stumble()) is not None


def test_the_keys_come_back_when_the_place_answers_again(keys, place, clock, issuer):
    async def recover():
        await keys.load()
        place.text = None
        clock.seconds += 300
        with pytest.raises(KeysUnavailableError):
            await keys.find("key-1")
        place.text = issuer.jwks()
        with pytest.raises(KeysUnavailableError):  # the floor holds for failures too
            await keys.find("key-1")
        clock.seconds += 30
        return await keys.find("key-1")

    assert asyncio.run(recover()) is not None


# --- what is a JWKS -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"null", b'{"keys": {}}', b'{"keys": 1}', b"\xff", b"[" * 10000],
)
def test_what_is_no_jwks_is_refused(text):
    with pytest.raises(JwksError, match="not JSON of the form"):
        parse_jwks(text)


@pytest.mark.parametrize(
    "change",
    [{"kty": "RSA"}, {"kty": "oct"}, {"crv": "P-384"}, {"use": "enc"}, {"alg": "ES384"}],
)
def test_keys_for_something_else_are_left_out(issuer, second, change):
    text = json.dumps({"keys": [second.jwk() | change, "text", issuer.jwk()]}).encode()
    assert list(parse_jwks(text)) == ["key-1"]
    with pytest.raises(JwksError, match="no P-256 signature key"):
        parse_jwks(json.dumps({"keys": [issuer.jwk() | change]}).encode())


def test_a_published_private_key_is_refused(issuer):
    text = json.dumps({"keys": [issuer.jwk() | {"d": "AAAA"}]}).encode()
    with pytest.raises(JwksError, match="private key"):
        parse_jwks(text)


@pytest.mark.parametrize("key_id", [None, "", 7])
def test_a_key_without_an_id_is_refused(issuer, key_id):
    with pytest.raises(JwksError, match="kid"):
        parse_jwks(json.dumps({"keys": [issuer.jwk() | {"kid": key_id}]}).encode())


def test_one_id_for_two_keys_is_refused(issuer, second):
    text = json.dumps({"keys": [issuer.jwk(), second.jwk() | {"kid": "key-1"}]}).encode()
    with pytest.raises(JwksError, match="twice"):
        parse_jwks(text)


@pytest.mark.parametrize("member", ["x", "y"])
@pytest.mark.parametrize("value", [None, "", "AAAA", 7, "A" * 43, "é", ["A"]])
def test_a_point_that_is_not_on_the_curve_is_refused(issuer, member, value):
    with pytest.raises(JwksError, match="no P-256 point"):
        parse_jwks(json.dumps({"keys": [issuer.jwk() | {member: value}]}).encode())


@given(text=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_text_breaks_the_reader(text):
    with pytest.raises(JwksError):
        parse_jwks(text)


# --- where it comes from ------------------------------------------------------------------------


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


def test_certificate_files_that_are_none_are_named(tmp_path):
    with pytest.raises(MisuseError, match="are no use"):
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


def test_a_server_that_nobody_vouches_for_is_refused(https):
    url, _ = https
    with pytest.raises(JwksError, match="cannot be read"):
        jwks_source(f"{url}/jwks")()


@pytest.mark.parametrize(
    ("path", "message"),
    [("/moved", "answered 302"), ("/broken", "answered 500"), ("/endless", "longer")],
)
def test_an_answer_that_is_no_jwks_is_refused_and_no_redirect_followed(https, path, message):
    url, truststore = https
    with pytest.raises(JwksError, match=message):
        jwks_source(url + path, truststore=truststore)()


def test_a_server_that_is_gone_is_named(https):
    _, truststore = https
    with pytest.raises(JwksError, match="https://localhost:1/jwks"):
        jwks_source("https://localhost:1/jwks", truststore=truststore)()
