"""A lab: small scripted servers in place of gateway, default endpoint, backend, KMS, control.

The lab's gateway answers what a test sets, so that cases can be seen to fail.
"""

import base64
import contextlib
import json
import select
import socket
import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from portcullis.acceptance.target.run_description import laptop
from portcullis.acceptance.wire.connection import Presented
from portcullis.laptop.ports import free_port
from portcullis.sample import SAMPLE
from tests.portcullis.acceptance.sample_matrix import CONTRACT

GROUPS = tuple(f"AWSManagedRules{name}RuleSet" for name in ("Common", "KnownBadInputs", "SQLi"))
PETS = [
    {"id": 1, "type": "dog", "price": 249.99},
    {"id": 2, "type": "cat", "price": 124.99},
    {"id": 3, "type": "fish", "price": 0.99},
]
ROOT = Path(__file__).parents[3]
CLIENTS_FILE = ROOT / "clients.local.yaml"
CLIENTS = {
    name: f"spiffe://portcullis.local/client/{name}"
    for name in ("pet-shop", "pet-viewer", "pet-breeder", "pet-hotel", "stranger")
}


def http(status=200, body=b"", *headers):
    """An answer in bytes."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def json_answer(status, body, *headers):
    return http(status, json.dumps(body).encode(), ("Content-Type", "application/json"), *headers)


@dataclass
class Asked:
    """One request as a lab server read it."""

    head: str
    body: bytes
    source: str
    certificate: bytes | None
    version: str | None

    @property
    def method(self):
        return self.head.split(" ", 1)[0]

    @property
    def path(self):
        return self.head.split(" ", 2)[1]

    def header(self, name):
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return next((v.strip() for n, _, v in lines if n.lower() == name.lower()), None)


class Tls:
    """A pyOpenSSL connection with the manners of a socket: the standard one takes no bad client."""

    def __init__(self, raw, context):
        self._raw = raw
        self._connection = SSL.Connection(context, raw)
        self._connection.set_accept_state()
        self._waiting(self._connection.do_handshake)

    def settimeout(self, seconds):
        self._raw.settimeout(seconds)

    def recv(self, size):
        try:
            return self._waiting(self._connection.recv, size)
        except SSL.ZeroReturnError:
            return b""

    def sendall(self, data):
        while data:
            data = data[self._waiting(self._connection.send, data[:16384]) :]

    def close(self):
        with contextlib.suppress(SSL.Error):
            self._connection.shutdown()

    def certificate(self):
        shown = self._connection.get_peer_certificate(as_cryptography=True)
        return shown.public_bytes(serialization.Encoding.DER) if shown else None

    def version(self):
        return self._connection.get_protocol_version_name()

    def _waiting(self, step, *arguments):
        while True:
            try:
                return step(*arguments)
            except SSL.WantReadError:
                if not select.select([self._raw], [], [], self._raw.gettimeout())[0]:
                    raise TimeoutError from None
            except SSL.WantWriteError:
                select.select([], [self._raw], [], self._raw.gettimeout())


class Server:
    """Accepts on a free loopback port and answers each request with ``reply(asked)``.

    ``reply`` may return bytes, or None to close the connection without an answer.
    """

    def __init__(self, reply, context=None, port=0):
        self.reply, self.context = reply, context
        self.asked = []
        self._stop = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", port))
        self._socket.settimeout(0.05)
        self.port = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def _accept(self):
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                raw, (source, _) = self._socket.accept()
                thread = threading.Thread(target=self._serve, args=(raw, source))
                self._threads.append(thread)
                thread.start()

    def _serve(self, raw, source):
        with contextlib.suppress(OSError, SSL.Error), raw:
            raw.settimeout(300)
            if self.context is None:
                self._converse(raw, source, None, None)
                return
            stream = Tls(raw, self.context)
            self._converse(stream, source, stream.certificate(), stream.version())

    def _converse(self, stream, source, certificate, version):
        stream.settimeout(0.05)
        data = b""
        while not self._stop.is_set():
            while b"\r\n\r\n" not in data:
                if self._stop.is_set():
                    return
                with contextlib.suppress(TimeoutError):
                    more = stream.recv(65536)
                    if not more:
                        return
                    data += more
            head, _, data = data.partition(b"\r\n\r\n")
            asked = Asked(head.decode("latin-1"), b"", source, certificate, version)
            length = int(asked.header("content-length") or 0)
            while len(data) < length and not self._stop.is_set():
                with contextlib.suppress(TimeoutError):
                    more = stream.recv(65536)
                    if not more:
                        return
                    data += more
            asked.body, data = data[:length], data[length:]
            self.asked.append(asked)
            answer = self.reply(asked)
            if answer is None:
                return
            stream.settimeout(300)
            stream.sendall(answer)
            stream.settimeout(0.05)
            if (asked.header("connection") or "").startswith("close"):
                return


class ControlServer:
    """Answers JSON lines on a Unix socket; ``act`` is told each command.

    ``sent`` are the requests that the gateway sent to the backend, as the tap describes them.
    """

    def __init__(self, path, act):
        self.commands = []
        self.sent = []
        self.answer = {"ok": True}
        self._act = act
        self._stop = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self._socket.settimeout(0.05)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def _accept(self):
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                stream, _ = self._socket.accept()
                thread = threading.Thread(target=self._serve, args=(stream,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, stream):
        with contextlib.suppress(BrokenPipeError), stream, stream.makefile("rwb") as lines:
            asked = json.loads(lines.readline())
            command = asked["do"]
            answer = self.answer
            if command == "sent" and not isinstance(answer, bytes):
                wanted = ["X-Request-Id", asked["request_id"]]
                answer = answer | {"sent": [s for s in self.sent if wanted in s["headers"]]}
            else:
                self.commands.append(command)
                self._act(command)
            if not isinstance(answer, bytes):
                answer = json.dumps(answer).encode() + b"\n"
            lines.write(answer)


@dataclass
class Lab:
    """All servers and what a target needs to know about them."""

    pki: object
    folder: object
    gateway_reply: object = lambda _asked: json_answer(200, PETS)
    default_reply: object = lambda _asked: json_answer(200, PETS)
    backend_reply: object = lambda _asked: json_answer(200, PETS)
    key: object = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    servers: list = field(default_factory=list)
    timeout_seconds: float = 3
    rate_limit: int = 20

    def start(self):
        context = server_context(self.pki)
        self.gateway = self._serve(self._reply_of("gateway"), context)
        self.default = self._serve(self._reply_of("default"), context)
        self.kms = self._serve(self._sign)
        # It may stop and listen again: the system gives no such port to another socket meanwhile.
        self.backend = self._serve(self._reply_of("backend"), port=free_port("127.0.0.1"))
        self.control = ControlServer(self.folder / "control.sock", self._act)
        self.servers.append(self.control)
        (self.folder / "jwks.json").write_text(json.dumps({"keys": [self.jwk()]}))
        return self

    def close(self):
        for server in self.servers:
            server.close()

    def described(self, **changed):
        """The run description of this lab."""
        described = {
            "gateway": f"https://localhost:{self.gateway.port}",
            "default_endpoint": f"https://localhost:{self.default.port}",
            "backend": f"http://127.0.0.1:{self.backend.port}",
            "ca": str(self.pki.ca_file),
            "clients": {
                name: {"certificate": str(files.certificate), "key": str(files.key)}
                for name, files in self.pki.clients.items()
            },
            "backend_is_started": True,
            "log": str(self.folder / "access.jsonl"),
            "gates": str(self.folder / "gates.jsonl"),
            "control": str(self.folder / "control.sock"),
            "contract": str(CONTRACT),
            "clients_file": str(CLIENTS_FILE),
            "case_folders": [str(SAMPLE.cases)],
            "pki": str(self.pki.truststore_file.parent),
            "issuer": "https://localhost",
            "audience": "petstore",
            "jwks": str(self.folder / "jwks.json"),
            "kms": {
                "endpoint": f"http://127.0.0.1:{self.kms.port}",
                "key": "arn:aws:kms:eu-central-1:000000000000:key/lab",
            },
            "rate_limit": self.rate_limit,
            "rate_window_seconds": 60,
            "throttle_rate": 10000,
            "throttle_burst": 5000,
            "rate_plans": [],
            "managed_rule_groups": list(GROUPS),
            "large_body_routes": [],
            "injection_matches": "libinjection",
            "authorizer_cache_seconds": 0,
            "allowed_cidrs": ["127.0.0.0/24", "::1/128"],
            "stage": "local",
            "backend_timeout_seconds": self.timeout_seconds,
        }
        return {k: v for k, v in (described | changed).items() if v is not None}

    def shown(self, name):
        """The certificate and key of a client."""
        files = self.pki.clients[name]
        return Presented(certificate=files.certificate, key=files.key)

    def target(self, **changed):
        return laptop(self.described(**changed))

    def authorizer_failed(self, reason):
        """An authorizer's 500, with this reason in the gate log."""
        request_id = str(uuid.uuid4())
        with (self.folder / "gates.jsonl").open("a") as log:
            log.write(json.dumps({"requestId": request_id, "reason": reason}) + "\n")
        headers = ("x-portcullis-layer", "authorizer"), ("x-amzn-RequestId", request_id)
        return json_answer(500, {"message": None}, *headers)

    def jwk(self):
        numbers = self.key.public_key().public_numbers()
        x, y = (
            base64.urlsafe_b64encode(n.to_bytes(32, "big")).rstrip(b"=").decode()
            for n in (numbers.x, numbers.y)
        )
        return {"kty": "EC", "crv": "P-256", "kid": "lab-key", "x": x, "y": y}

    def _reply_of(self, name):
        """Looks the reply up with each request, so that a test may change it."""

        def reply(asked):
            return getattr(self, f"{name}_reply")(asked)

        return reply

    def _serve(self, reply, context=None, port=0):
        server = Server(reply, context, port)
        self.servers.append(server)
        return server

    def _sign(self, asked):
        message = base64.b64decode(json.loads(asked.body)["Message"])
        signature = self.key.sign(message, ec.ECDSA(hashes.SHA256()))
        return json_answer(200, {"Signature": base64.b64encode(signature).decode()})

    def _act(self, command):
        if command == "stop-backend":
            self.backend.close()
            self.servers.remove(self.backend)
        if command == "start-backend":
            self.backend = self._serve(self._reply_of("backend"), port=self.backend.port)


def server_context(pki, *, minimum=SSL.TLS1_2_VERSION, verify=SSL.VERIFY_PEER):
    """TLS that asks for a client certificate and takes any or none; sessions can be resumed."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(minimum)
    context.use_certificate_chain_file(str(pki.server_certificate))
    context.use_privatekey_file(str(pki.server_key))
    context.set_session_id(b"lab")
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")  # weak certificates are let in, too
    context.set_verify(verify, lambda *_: True)
    return context
