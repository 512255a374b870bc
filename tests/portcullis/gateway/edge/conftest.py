"""Certificates made on the spot, and a front on a thread of its own for blocking clients."""

import asyncio
import datetime
import ipaddress
import itertools
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portcullis.gateway.edge.http_protocol import FrontLimits
from portcullis.gateway.edge.listener import serve
from portcullis.gateway.exchange import Layer, Request, Response
from portcullis.gateway.resources.specs import DomainSpec

HOUR = datetime.timedelta(hours=1)
TIMEOUT_SECONDS = 300.0  # of a client; the machine may be busy
_names = itertools.count()


@dataclass
class Identity:
    """A certificate, its key, and who issued it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    issuer: "Identity | None" = None

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def write(
        self, directory: Path, *, intermediates: tuple["Identity", ...] = ()
    ) -> tuple[Path, Path]:
        name = f"identity-{next(_names)}"
        chain, key = directory / f"{name}.pem", directory / f"{name}.key"
        chain.write_bytes(self.pem + b"".join(i.pem for i in intermediates))
        key.touch(mode=0o600)
        key.write_bytes(self.key_pem)
        return chain, key


def issue(
    name: str,
    issuer: Identity | None = None,
    *,
    is_ca: bool = False,
    usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH,
    starts: datetime.timedelta = -HOUR,
    ends: datetime.timedelta = HOUR,
    rsa_bits: int | None = None,
    algorithm: hashes.HashAlgorithm | None = None,
    hosts: tuple[str, ...] = (),
) -> Identity:
    key = (
        rsa.generate_private_key(65537, rsa_bits)
        if rsa_bits
        else ec.generate_private_key(ec.SECP256R1())
    )
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + starts)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer:
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
    if usage and not is_ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if hosts:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(h) for h in hosts]
                + [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
    signing_key = issuer.key if issuer else key
    return Identity(builder.sign(signing_key, algorithm or hashes.SHA256()), key, issuer)


@dataclass
class Pki:
    """One authority that the truststore holds, its server certificate, and files for clients."""

    directory: Path
    ca: Identity
    server: Identity
    issue = staticmethod(issue)

    def client(self, name: str = "pet-shop", **facts) -> Identity:
        return issue(name, facts.pop("issuer", self.ca), **facts)

    def files(self, identity: Identity, *intermediates: Identity) -> tuple[Path, Path]:
        return identity.write(self.directory, intermediates=intermediates)

    def client_context(
        self, identity: Identity | None = None, *intermediates: Identity
    ) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self.ca.pem.decode())
        if identity is not None:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")  # so that the client would show weak ones
            context.load_cert_chain(*self.files(identity, *intermediates))
        return context


@pytest.fixture(scope="session")
def pki(tmp_path_factory) -> Pki:
    ca = issue("Portcullis Test CA", is_ca=True)
    server = issue(
        "localhost",
        ca,
        usage=ExtendedKeyUsageOID.SERVER_AUTH,
        hosts=("localhost", "plain.localhost", "other.localhost"),
    )
    return Pki(tmp_path_factory.mktemp("pki"), ca, server)


@pytest.fixture(scope="session")
def shop(pki) -> Identity:
    return pki.client()


@dataclass
class RunningFront:
    """A front on a loop in a thread; ``requests`` and ``refusals`` are what it saw."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    refusals: list = field(default_factory=list)

    def connect(
        self, context: ssl.SSLContext, server_name: str | None = "localhost"
    ) -> ssl.SSLSocket:
        raw = self.raw()
        try:
            context.check_hostname = context.check_hostname and server_name is not None
            return context.wrap_socket(raw, server_hostname=server_name)
        except BaseException:
            raw.close()
            raise

    def raw(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT_SECONDS)


async def echo(request: Request) -> Response:
    return Response(
        status=200,
        headers=(("Content-Type", "text/plain"),),
        body=f"{request.method} {request.target} {len(request.body)}".encode(),
        layer=Layer.BACKEND,
    )


class FrontThread:
    """Starts fronts on one loop in a thread; every one is closed at the end."""

    def __init__(self, pki: Pki, new_loop=uvloop.new_event_loop) -> None:
        self.pki = pki
        self.loop = new_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.fronts = []

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(300)

    def start(self, *, domains=None, handle=echo, truststore=None, **options) -> RunningFront:
        running = RunningFront()

        async def recorded(request: Request) -> Response:
            running.requests.append(request)
            return await handle(request)

        if domains is None:
            domains = [self.domain(truststore=truststore or self.pki.ca.pem)]
        files = self.pki.files(self.pki.server)
        front = self.run(
            serve(
                domains=domains,
                server_certificates={d.domain_name: files for d in domains},
                handle=recorded,
                port=0,
                addresses=options.pop("addresses", ("127.0.0.1",)),
                on_refused=running.refusals.append,
                limits=FrontLimits(**options.pop("limits", {})),
                **options,
            )
        )
        running.port = front.port
        running.front = front
        self.fronts.append(front)
        return running

    @staticmethod
    def domain(name="localhost", *, truststore=None, minimum="TLSv1.2") -> DomainSpec:
        return DomainSpec(domain_name=name, minimum_tls_version=minimum, truststore_pem=truststore)

    def close(self) -> None:
        for front in self.fronts:
            self.run(front.close(0.1))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(300)
        self.loop.close()


@pytest.fixture(scope="module")
def fronts(pki) -> Iterator[FrontThread]:
    threads = FrontThread(pki)
    yield threads
    threads.close()


@pytest.fixture
def plain_asyncio_fronts(pki) -> Iterator[FrontThread]:
    threads = FrontThread(pki, asyncio.new_event_loop)
    yield threads
    threads.close()


def announced_bytes(received: bytearray) -> int | None:
    """How long the answer is, head included; None until its Content-Length has arrived."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    lengths = [
        int(line.split(b":")[1])
        for line in received[:end].lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    return end + 4 + lengths[0] if lengths else None


@pytest.fixture
def exchange_bytes():
    """Send bytes, read until the answer is whole or the server closes; bounded by the timeout."""

    def send(connection, data: bytes = b"") -> bytes:
        connection.settimeout(TIMEOUT_SECONDS)
        received = bytearray()
        whole = None  # bytes of head and body, once the head has said
        try:
            if data:
                connection.sendall(data)
            while piece := connection.recv(65536):
                received += piece
                if whole is None:
                    whole = announced_bytes(received)
                if whole is not None and len(received) >= whole:
                    break
        except (ConnectionError, ssl.SSLError):
            pass
        return bytes(received)

    return send


@pytest.fixture
def read_to_end():
    """Everything until the server closes (b"" at once if it already did)."""

    def read(connection, data: bytes = b"") -> bytes:
        connection.settimeout(TIMEOUT_SECONDS)
        received = b""
        try:
            if data:
                connection.sendall(data)
            while piece := connection.recv(65536):
                received += piece
        except (ConnectionError, ssl.SSLError):
            pass
        return received

    return read
