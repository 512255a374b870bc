"""Sends the request of a case: connection, request bytes and credentials."""

from collections.abc import Sequence
from dataclasses import replace

from portcullis.acceptance.forged.identities import Identities
from portcullis.acceptance.matrix.action import CaseAction
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import (
    GATEWAY_HOST,
    STAGE,
    CaseRequest,
    Destination,
    Framing,
    Source,
)
from portcullis.acceptance.run.authorizer_retry import AuthorizerRetry
from portcullis.acceptance.run.backend_tokens import BackendTokens
from portcullis.acceptance.run.pace import Pace
from portcullis.acceptance.target.addresses import destination_for
from portcullis.acceptance.target.target import Target
from portcullis.acceptance.wire.client import Wire, request_bytes
from portcullis.acceptance.wire.connection import ANSWER_SECONDS, Connection, Peer, Presented
from portcullis.acceptance.wire.outcome import Outcome

STATE_SECONDS = 40.0  # for requests while a part is broken: API Gateway itself waits up to 29


class RequestSender:
    """Turns requests of cases into bytes on a connection to the target.

    ``reads`` are calls that change nothing, to capture a client's token with.
    """

    def __init__(
        self,
        target: Target,
        identities: Identities,
        reads: Sequence[CaseRequest] = (),
        retry: AuthorizerRetry | None = None,
    ) -> None:
        self.wire = Wire()
        self._target = target
        self._identities = identities
        self._retry = retry
        self._pace = Pace(target.sources.allowed if target.sources else (), target.limits)
        self._tokens = BackendTokens(target, identities, reads, self._send_as)

    def send(self, case: Case, connection: Connection | None = None) -> Outcome:
        """Send the request on a connection of its own."""
        sent = self.request_bytes(case)
        keeps_open = case.request.keeps_open
        while True:
            connection = connection or self.connection(case)
            outcome = self.wire.call(connection, sent, counts_answers=keeps_open).outcome
            if self._retry is None or not self._retry.is_due(case, outcome):
                return outcome
            connection = None

    def _send_as(self, case: Case, presented: Presented | None) -> Outcome:
        """Send the request with the certificate of another client than the case's caller."""
        return self.send(case, replace(self.connection(case), presented=presented))

    def connection(self, case: Case, source: str | None = None) -> Connection:
        """How to connect for the request, with the certificate of the case's caller.

        Without ``source`` it waits until one more call is within the stack's rates.
        """
        request = case.request
        peer = self._peer(request.destination)
        if request.destination is Destination.GATEWAY:
            source = source or self._source(request)
            peer = replace(peer, address=destination_for(source)) if source else peer
        return Connection(
            peer=peer,
            presented=self._presented(case),
            source=source,
            version=request.version,
            seconds=STATE_SECONDS if _may_take_long(case) else ANSWER_SECONDS,
        )

    def _source(self, request: CaseRequest) -> str | None:
        if request.source is Source.BLOCKED:
            return self._target.sources.blocked if self._target.sources else None
        return self._pace.next_source()

    def _presented(self, case: Case) -> Presented | None:
        request = case.request
        if request.destination is Destination.BACKEND:
            return self._target.backend_identity
        if case.caller is CaseCaller.CLIENT and self._needs_new_certificate(case):
            return self._identities.uncached(case.name, request.scope)
        return self._identities.of(case.caller, request.scope)

    def _needs_new_certificate(self, case: Case) -> bool:
        """Whether a cached answer or token would hide from this case what is broken."""
        if ControlCommand.STOP_KMS in case.breaks:
            return True
        limits = self._target.limits
        is_fault = case.breaks or case.action in {CaseAction.KILLED_MID_CALL, CaseAction.RECOVERING}
        return bool(limits and limits.authorizer_cache_seconds and is_fault)

    def request_bytes(self, case: Case) -> bytes:
        """The request as it is sent, with the headers that every client sends."""
        request = case.request
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
            headers += self._tokens.headers(request)
        if (
            not request.keeps_open
            and case.expect.gate is not Gate.HTTP
            and case.action is not CaseAction.FLOOD
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


def _may_take_long(case: Case) -> bool:
    slow = {CaseAction.INTERLEAVED, CaseAction.KILLED_MID_CALL, CaseAction.RECOVERING}
    return bool(case.breaks) or case.action in slow
