"""A gateway with fake surroundings, and the inspector that watches it."""

import base64
import contextlib
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from portcullis.gateway.edge.http_protocol import Refusal
from portcullis.gateway.exchange import Endpoint, UpstreamAnswer
from portcullis.gateway.gateway import Gateway
from portcullis.inspector.address import InspectorAddress
from portcullis.inspector.description import CallDescriptions
from portcullis.inspector.recent_calls import RecentCalls
from portcullis.inspector.server import InspectorServer
from tests.portcullis.gateway.fakes import (
    Clock,
    FakeFunctions,
    FakeUpstream,
    Laptop,
    make_certificate,
)
from tests.portcullis.gateway.graphs import DOMAIN, GraphBuilder

SIGNATURE = "c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
CLAIMS = {
    "iss": "https://tokens.example.test",
    "aud": "petstore",
    "sub": "pet-shop",
    "scope": "pets:read",
    "iat": 1_795_000_000,
    "exp": 1_795_000_300,
    "cnf": {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"},
}


def encoded(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


TOKEN = f"{encoded({'alg': 'ES256', 'typ': 'at+jwt', 'kid': 'k1'})}.{encoded(CLAIMS)}.{SIGNATURE}"


def answer(effect="Allow", **context):
    """An authorizer that answers for every method; the context is as our function writes it."""

    def answering(event):
        stage_arn = "/".join(event["methodArn"].split("/")[:2])
        statement = {
            "Action": "execute-api:Invoke",
            "Effect": effect,
            "Resource": f"{stage_arn}/GET/*",
        }
        return {
            "principalId": context.get("clientId", "unknown"),
            "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "context": {"reason": "ok", **context},
        }

    return answering


def allowed(**context):
    return answer(
        authorization=f"Bearer {TOKEN}", clientId="pet-shop", scope="pets:read", **context
    )


@dataclass
class Inspected:
    """``laptop.call`` makes calls; ``recent`` has them."""

    laptop: Laptop
    recent: RecentCalls
    descriptions: CallDescriptions

    async def call(self, target="/pets", method="GET", **changes):
        """Some changes are of the connection: connection_id, handshake_ms."""
        of_tls = {n: changes.pop(n) for n in ("connection_id", "handshake_ms") if n in changes}
        request = self.laptop.request(target, method, **changes)
        request = dataclasses.replace(request, tls=dataclasses.replace(request.tls, **of_tls))
        return await self.laptop.gateway.handle(request)

    def refuse(self, reason, status=None):
        self.recent.refused(
            Refusal(
                endpoint=Endpoint.CUSTOM_DOMAIN,
                connection_id="c9",
                request_id="" if status is None else "r9",
                refused_at=self.laptop.clock.now,
                source_ip="203.0.113.9",
                server_name=DOMAIN,
                status=status,
                reason=reason,
            )
        )

    def last(self):
        """What the page gets about the last call."""
        ((number, call),) = self.recent.since(self.recent.count - 1, at_most=1)
        return self.descriptions.describe(number, call)

    @contextlib.asynccontextmanager
    async def serving(self):
        address = InspectorAddress(0)
        async with InspectorServer(self.descriptions, address).listening():
            yield address


def inspected(tmp_path, *, functions=None, upstream=None, builder=None, kept=200):
    recent = RecentCalls(kept)
    recent.page_opened()
    functions = functions or FakeFunctions(answer=allowed())
    upstream = upstream or FakeUpstream(
        answer=UpstreamAnswer(
            status=200,
            headers=(("Content-Type", "application/json"), ("Set-Cookie", "s=SECRET-COOKIE")),
            body=b'["BODY-OF-THE-BACKEND"]',
        )
    )
    clock = Clock()
    gateway = Gateway.from_graph(
        (builder or GraphBuilder()).graph(),
        functions=functions,
        upstream=upstream,
        access_log=lambda _line: None,
        clock=clock,
        observe=recent.answered,
    )
    pem = make_certificate("pet-shop")
    laptop = Laptop(gateway, functions, upstream, clock, [], [], [], pem)
    (Path(tmp_path) / "gates.jsonl").touch()  # a laptop makes it before it listens
    certificate = Path(tmp_path) / "pet shop.pem"
    certificate.write_text(pem)
    reachable = SimpleNamespace(
        gateway=f"https://{DOMAIN}:8443",
        default_endpoint="https://localhost:8444",
        domain=DOMAIN,
        ca="/pki/ca.pem",
        clients={"pet-shop": {"certificate": str(certificate), "key": "/pki/pet shop.key"}},
    )
    descriptions = CallDescriptions(
        recent=recent, reachable=lambda: reachable, stack="local", log_folder=Path(tmp_path)
    )
    return Inspected(laptop, recent, descriptions)
