"""Sends the request of a case: connection, request bytes and credentials."""

from dataclasses import replace

from portcullis.acceptance.forged.identities import Identities
from portcullis.acceptance.matrix.action import Flood
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import (
    GATEWAY_HOST,
    STAGE,
    CaseRequest,
    Destination,
    Framing,
    Source,
)
from portcullis.acceptance.run.backend_tokens import BackendTokens
from portcullis.acceptance.run.breakage import Breakage
from portcullis.acceptance.target.target import Target
from portcullis.acceptance.wire.client import Wire, request_bytes
from portcullis.acceptance.wire.connection import Connection, Peer
from portcullis.acceptance.wire.outcome import Outcome

STATE_SECONDS = 40.0  # for requests while a part is broken: API Gateway itself waits up to 29


class Sender:
    """Turns requests of cases into bytes on a connection to the target."""

    def __init__(self, target: Target, identities: Identities, breakage: Breakage) -> None:
        self.wire = Wire()
        self._target = target
        self._identities = identities
        self._tokens = BackendTokens(target, identities, breakage, self.send)

    def send(self, case: Case, request: CaseRequest) -> Outcome:
        """Send one request on a connection of its own."""
        connection = self.connection(case, request)
        if case.breaks or not isinstance(case.action, CaseRequest):
            connection = replace(connection, seconds=STATE_SECONDS)
        return self.wire.call(
            connection, self.request_bytes(case, request), counts_answers=request.keeps_open
        ).outcome

    def connection(self, case: Case, request: CaseRequest) -> Connection:
        """How to connect for a request, with the certificate of the case's caller."""
        is_direct = request.destination is Destination.BACKEND
        return Connection(
            peer=self._peer(request.destination),
            presented=None if is_direct else self._identities.of(case.caller),
            source=self._target.blocked_source if request.source is Source.BLOCKED else None,
            version=request.version,
        )

    def request_bytes(self, case: Case, request: CaseRequest) -> bytes:
        """The request as it is sent, with the headers that every client sends."""
        body = request.body or b"a" * request.filler_bytes
        headers: list[tuple[str, str]] = []
        host = self._peer(request.destination).authority if request.host is None else request.host
        host = host.replace(GATEWAY_HOST, self._target.gateway.host)
        if host:
            headers.append(("Host", host))
        if request.user_agent is not None:
            headers.append(("User-Agent", request.user_agent))
        if body and request.framing is Framing.CORRECT:
            headers.append(("Content-Length", str(len(body))))
        if body and not any(name.lower() == "content-type" for name, _ in request.headers):
            headers.append(("Content-Type", "application/json"))
        headers += request.headers
        if request.token is not None:
            headers += self._tokens.headers(request.token, request.thumbprint)
        if (
            not request.keeps_open
            and case.expect.gate is not Gate.HTTP
            and not isinstance(case.action, Flood)
        ):
            headers.append(("Connection", "close"))
        target = request.target.replace(STAGE, self._target.stage or "prod")
        return request_bytes(request.method, target, headers, body)

    def _peer(self, destination: Destination) -> Peer:
        peer = {
            Destination.GATEWAY: self._target.gateway,
            Destination.DEFAULT_ENDPOINT: self._target.default_endpoint,
            Destination.BACKEND: self._target.backend,
        }[destination]
        assert peer is not None  # noqa: S101 - the needs of the case were checked
        return peer
