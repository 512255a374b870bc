"""A caller, a Lambda service, a backend and a clock for tests of the gateway."""

import asyncio
import datetime
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portcullis.gateway.exchange import (
    Endpoint,
    InvocationResult,
    Request,
    TlsPeer,
    UpstreamAnswer,
    VerifyFailure,
)
from portcullis.gateway.gateway import Gateway
from tests.portcullis.gateway.graphs import DOMAIN


def allow_everything(event: dict[str, Any]) -> dict[str, Any]:
    stage_arn = "/".join(event["methodArn"].split("/")[:2])
    return {
        "principalId": "pet-shop",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{stage_arn}/*"}
            ],
        },
        "context": {"authorization": "Bearer minted", "clientId": "pet-shop"},
    }


@dataclass
class FakeFunctions:
    """The Lambda service: answers with ``result``, or what ``answer`` makes of the event."""

    answer: Any = allow_everything
    result: InvocationResult | None = None
    calls: list[tuple[str, str | None, dict[str, Any]]] = field(default_factory=list)

    async def invoke(self, function_name, qualifier, event):
        json.dumps(event)  # what cannot be sent is a fault of the gateway
        self.calls.append((function_name, qualifier, event))
        if self.result is not None:
            return self.result
        return InvocationResult(payload=self.answer(event), function_error=None)

    @property
    def event(self) -> dict[str, Any]:
        return self.calls[-1][2]


@dataclass
class Sent:
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timeout_seconds: float

    def all(self, name: str) -> list[str]:
        return [v for n, v in self.headers if n.lower() == name.lower()]


@dataclass
class FakeUpstream:
    """The backend: keeps what arrived and answers ``answer``, or raises it."""

    answer: Any = field(
        default_factory=lambda: UpstreamAnswer(
            status=200, headers=(("Content-Type", "application/json"),), body=b"[]"
        )
    )
    requests: list[Sent] = field(default_factory=list)
    presented: str | None = None  # the client certificate of the last ``presenting``

    def presenting(self, certificate_pem):
        self.presented = certificate_pem
        return self

    async def send(self, method, url, headers, body, timeout_seconds):
        self.requests.append(Sent(method, url, headers, body, timeout_seconds))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def last(self) -> Sent:
        return self.requests[-1]


@dataclass
class Clock:
    now: float = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Laptop:
    """A gateway with everything around it, driven without a loop of one's own."""

    gateway: Gateway
    functions: FakeFunctions
    upstream: FakeUpstream
    clock: Clock
    access_log: list[str]
    execution_log: list[str]
    seen: list[Any]
    certificate: str

    def call(self, target: str = "/pets", method: str = "GET", **changes: Any):
        return asyncio.run(self.gateway.handle(self.request(target, method, **changes)))

    def request(
        self,
        target: str = "/pets",
        method: str = "GET",
        *,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        source_ip: str = "203.0.113.9",
        endpoint: Endpoint = Endpoint.CUSTOM_DOMAIN,
        host: str = DOMAIN,
        server_name: str | None = DOMAIN,
        certificate: str | None = "",
        verify_failure: VerifyFailure | None = None,
    ) -> Request:
        path, _, query = target.partition("?")
        shown = self.certificate if certificate == "" else certificate
        return Request(
            endpoint=endpoint,
            source_ip=source_ip,
            source_port=40000,
            http_version="HTTP/1.1",
            method=method,
            target=target,
            path=path,
            query=query,
            headers=(("Host", host), ("User-Agent", "test/1"), *headers),
            body=body,
            tls=TlsPeer(
                version="TLSv1.3",
                cipher="TLS_AES_256_GCM_SHA384",
                server_name=server_name,
                client_certificate_pem=shown if endpoint is Endpoint.CUSTOM_DOMAIN else None,
                verify_failure=verify_failure,
            ),
            received_at=self.clock.now,
        )


def make_certificate(common_name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")]))
        .public_key(key.public_key())
        .serial_number(0x0A1B2C)
        .not_valid_before(datetime.datetime(2026, 8, 5, 0, 28, 21, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2027, 8, 15, 10, 28, 21, tzinfo=datetime.UTC))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def make_request(
    target: str = "/pets",
    *,
    method: str = "GET",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    source_ip: str = "203.0.113.9",
) -> Request:
    path, _, query = target.partition("?")
    return Request(
        endpoint=Endpoint.CUSTOM_DOMAIN,
        source_ip=source_ip,
        source_port=40000,
        http_version="HTTP/1.1",
        method=method,
        target=target,
        path=path,
        query=query,
        headers=headers,
        body=body,
        tls=TlsPeer(version="", cipher="", server_name=None, client_certificate_pem=None),
        received_at=0.0,
    )
