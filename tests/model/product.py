"""The product as it is, for histories: gateway, web ACL and authorizer, on the program's graph."""

import base64
import datetime
import json
from functools import cache

from authorizer.policy import Policies, Route
from authorizer.registry import Excerpt, PackagedRegistry
from portcullis.gateway.exchange import Endpoint, InvocationResult, Request, TlsPeer, VerifyFailure
from portcullis.gateway.gateway import Gateway
from portcullis.graph.resource import Graph
from tests.authorizer.making import Bench, LocalSigner, certificate, configuration, pem
from tests.model.chain import MEMORY, ROUTES, Answer, Call, Card, World
from tests.portcullis.gateway.fakes import FakeUpstream

DOMAIN = "localhost"
EXPIRED = VerifyFailure(code=10, depth=0, message="certificate has expired")
UNKNOWN = VerifyFailure(code=20, depth=0, message="unable to get local issuer certificate")

LONGER_THAN_A_HISTORY = 100 * 365 * 86_400.0
POLICIES = Policies(
    [
        Route(method=method, path=path, scope=scope)
        for (method, path), scope in ROUTES.items()
        if scope is not None
    ]
)


@cache
def shown(number: int, client: str, not_after: float) -> str:
    """The certificate of a card; a card's number is its serial number."""
    made = certificate(
        uris=(f"spiffe://portcullis.local/client/{client}",),
        serial_number=number,
        not_before=datetime.datetime.fromtimestamp(1, datetime.UTC),
        not_after=datetime.datetime.fromtimestamp(not_after, datetime.UTC),
    )
    return pem(made)


class Registry:
    """A registry that follows the world, as the table does: an answer counts for MEMORY seconds."""

    def __init__(self, world: World) -> None:
        self.world = world

    def prepare(self) -> None:
        """Nothing to connect to."""

    def excerpt(self, certificate, *, now, deadline):  # noqa: ARG002 - the interface's
        world = self.world
        is_revoked = int(certificate.serial_number, 16) in world.revoked
        revoked = {certificate.thumbprint: "revoked"} if is_revoked else {}
        clients = {
            name: {
                "scopes": sorted(scopes),
                "status": "suspended" if name in world.suspended else "active",
                "pins": [],
                "ratePlan": None,
            }
            for name, scopes in world.scopes.items()
        }
        names = {
            f"spiffe://portcullis.local/client/{name}": [{"client": name, "issuer": None}]
            for name in clients
        }
        document = {
            "version": 1,
            "clients": clients,
            "identities": {"sanUri": names, "sanDns": {}, "subject": {}},
            "revoked": {"thumbprints": revoked, "serialNumbers": {}},
        }
        return Excerpt(PackagedRegistry(document), now + MEMORY, is_reused=False)


class InProcessFunction:
    """Lambda, without a process: the authorizer's own code answers the gateway's event."""

    bench: Bench

    async def invoke(self, function_name, qualifier, event):  # noqa: ARG002 - the interface's
        return InvocationResult(payload=self.bench.answer(event), function_error=None)


class Product:
    """One stack. ``registry`` is its own copy of the world's facts, and not of its memory.

    Its gateway is compiled once, for many histories. Its clock jumps ahead between two of them, so
    that what it has counted and cached is over, as in a new one. The authorizer, whose clock is the
    certificates', is a new one.
    """

    def __init__(self, graph: Graph) -> None:
        self.upstream = FakeUpstream()
        self.function = InProcessFunction()
        self.world = World(now=0.0, cache_seconds=0)
        self._ahead = 0.0
        self.gateway = Gateway.from_graph(
            graph,
            functions=self.function,
            upstream=self.upstream,
            access_log=lambda _line: None,
            clock=lambda: self.world.now + self._ahead,
        )

    def begin(self, world: World) -> None:
        """Follow this world from here on."""
        self._ahead += LONGER_THAN_A_HISTORY
        self.world = world
        self.bench = self.function.bench = Bench(
            registry=Registry(world),
            policies=POLICIES,
            signer=LocalSigner(signature=_signature()),
            config=configuration(
                token_life_seconds=3600, authorizer_cache_seconds=world.cache_seconds
            ),
        )
        self.bench.authorizer._clock = lambda: world.now

    def answer(self, call: Call) -> Answer:
        self.upstream.requests.clear()
        response = _result(self.gateway.handle(self._request(call)))
        client = None
        if self.upstream.requests:
            client = _client_of(self.upstream.last.all("authorization"))
        gate = str(response.layer)
        reason = response.reason if gate in {"web-acl", "authorizer"} else ""
        return Answer(gate, response.status, reason, client)

    def _request(self, call: Call) -> Request:
        headers = [("Host", call.host or DOMAIN)]
        if call.user_agent is not None:
            headers.append(("User-Agent", call.user_agent))
        if call.body:
            headers.append(("Content-Type", "application/json"))
        if call.forged is not None:
            headers.append(("Authorization", call.forged))
        on_domain = not call.default_endpoint
        return Request(
            endpoint=Endpoint.CUSTOM_DOMAIN if on_domain else Endpoint.DEFAULT,
            source_ip=call.address,
            source_port=40000,
            http_version="HTTP/1.1",
            method=call.method,
            target=call.path,
            path=call.path,
            query="",
            headers=tuple(headers),
            body=call.body.encode(),
            tls=TlsPeer(
                version="TLSv1.3",
                cipher="TLS_AES_256_GCM_SHA384",
                server_name=DOMAIN,
                client_certificate_pem=_pem(call.card) if on_domain else None,
                verify_failure=self._handshake(call) if on_domain else None,
            ),
            received_at=self.world.now,
        )

    def _handshake(self, call: Call) -> VerifyFailure | None:
        """What OpenSSL said when the connection was made: the real one is tested elsewhere."""
        if not call.card.trusted:
            return UNKNOWN
        at = self.world.now if call.connected_at is None else call.connected_at
        return EXPIRED if at > call.card.not_after else None


def _result(coroutine):
    """The result of a coroutine that waits for nothing: an event loop would double its time."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the gateway waits for something that is not in this process")


def _pem(card: Card) -> str:
    return shown(card.number, card.client, card.not_after)


@cache
def _signature() -> bytes:
    """A well-formed signature: nobody verifies it in a history, and each would take 50 µs."""
    return LocalSigner().sign(b"", deadline=0.0)


def _client_of(headers: list[str]) -> str:
    """The client that the one token names; anything else is told as it is."""
    if len(headers) != 1 or not headers[0].startswith("Bearer "):
        return f"not one token: {len(headers)}"
    try:
        payload = headers[0].split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"]
    except (IndexError, ValueError, KeyError):
        return "not a token of ours"
