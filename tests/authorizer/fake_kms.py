"""A KMS on the loopback that answers what a test wants, also what no KMS should."""

import base64
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from authorizer.kms import KmsSigner
from tests.authorizer.making import KEY_ARN, configuration, elliptic_key
from tests.authorizer.unhurried import unhurried

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}
SIGNATURE = base64.b64encode(elliptic_key().sign(b"m", ec.ECDSA(hashes.SHA256()))).decode()
GOOD = (200, {"KeyId": KEY_ARN, "Signature": SIGNATURE, "SigningAlgorithm": "ECDSA_SHA_256"})


@dataclass
class FakeKms:
    """Answers each call with the next of ``answers``, the last one for ever."""

    server: ThreadingHTTPServer
    answers: list[object] = field(default_factory=lambda: [GOOD])
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    held: dict[str, object] = field(default_factory=dict)  # for an answer that looks something up

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def signer(self, **environment: str) -> KmsSigner:
        return KmsSigner(configuration(), {"AWS_ENDPOINT_URL_KMS": self.url} | KEYS | environment)


@contextlib.contextmanager
def serving() -> Iterator[FakeKms]:
    """Start it, and end it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fake.requests.append((dict(self.headers), body))
            answer = fake.answers.pop(0) if len(fake.answers) > 1 else fake.answers[0]
            if callable(answer):
                answer(self)
                return
            status, content = answer
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a client that stopped waiting is the point of some tests

    with unhurried(), Server(("127.0.0.1", 0), Handler) as server:
        fake = FakeKms(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
