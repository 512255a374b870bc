"""A gateway of a few lines in front of the real PetStore, which mints tokens."""

import base64
import hashlib
import json
import subprocess
import sys
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from portcullis.acceptance.forged.jose import compact
from portcullis.acceptance.forged.tokens import Forger, PublicKey
from portcullis.acceptance.wire.client import Wire, request_bytes
from portcullis.acceptance.wire.connection import Connection, Peer
from portcullis.acceptance.wire.outcome import Answer
from portcullis.laptop.ports import free_port
from tests.portcullis.acceptance.lab import http, json_answer

LAYER = "x-portcullis-layer"


def relay(lab, method, path, headers, body=b"", *, seconds=300.0):
    """Pass a request on to whatever listens in the backend's place."""
    peer = Peer(host="127.0.0.1", port=lab.backend.port, address="127.0.0.1", is_tls=False)
    connection = Connection(peer=peer, seconds=seconds)
    request = request_bytes(method, path, [("Connection", "close"), *headers], body)
    outcome = Wire().call(connection, request).outcome
    if not isinstance(outcome, Answer):
        return type(outcome).__name__, (), b""
    return outcome.status, outcome.headers, outcome.body


def described(asked, headers):
    """A request as the tap describes it, under the request id that the answer carries."""
    return {
        "method": asked.method,
        "target": asked.path,
        "headers": [list(header) for header in headers],
        "body_sha256": hashlib.sha256(asked.body).hexdigest(),
        "context": None,
    }


def minting_gateway(lab, *, spoil=lambda headers: headers):
    """What the mapping does, in a few lines: the certificate's own token and thumbprint."""
    target = lab.target()

    def reply(asked):
        certificate = x509.load_der_x509_certificate(asked.certificate)
        thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256()))
        san = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        client_id = san.get_values_for_type(x509.UniformResourceIdentifier)[0].rsplit("/", 1)[1]
        forger = Forger(
            public=PublicKey.read(target.jwks),
            issuer=target.issuer,
            audience=target.audience,
            thumbprint=thumbprint.rstrip(b"=").decode(),
            client_id=client_id,
            scope={"pet-viewer": "pets:read", "pet-breeder": "pets:write"}.get(
                client_id, "pets:read pets:write"
            ),
            signing_key=target.kms,
        )
        claims = forger._claims()
        header = {"alg": "ES256", "typ": "at+jwt", "kid": forger.public.key_id}
        token = compact(header, claims, forger._sign_with_real_key)
        request_id = str(uuid.uuid4())
        headers = {
            "Authorization": f"Bearer {token}",
            "X-Client-Certificate-Thumbprint": forger.thumbprint,
            "X-Request-Id": request_id,
            "X-Forwarded-For": asked.source,
            "X-Forwarded-Proto": "https",
            "Host": "backend",
        }
        sent = list(spoil(headers).items())
        status, _, body = relay(lab, asked.method, asked.path, sent, asked.body)
        lab.control.sent.append(described(asked, sent))
        if not isinstance(status, int):
            return json_answer(504, {"message": status}, (LAYER, "integration"))
        return http(status, body, ("x-amzn-RequestId", request_id))

    return reply


class PetStore:
    """The real backend as a process, startable again on the same port."""

    def __init__(self, lab):
        self.lab, self.port, self.process = lab, free_port("127.0.0.1"), None
        self.start()

    def start(self):
        arguments = ["--jwks", str(self.lab.folder / "jwks.json"), "--issuer", "https://localhost"]
        arguments += ["--audience", "petstore", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "portcullis.petstore", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        announced = json.loads(self.process.stdout.readline())
        assert announced["backend"].endswith(f":{self.port}")

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=300)
        self.process.stdout.close()

    def act(self, command):
        if command == "stop-backend":
            self.close()
        if command == "start-backend":
            self.start()
