"""HTTP/1.1 of a listener: whole requests in, answers out, with API Gateway's limits.

A connection has one request at a time. What the client sends ahead is kept unread until the answer
is written, and reading pauses when it is much.
"""

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import cast

from portcullis.gateway.edge.deadline import Deadline
from portcullis.gateway.edge.http_request import RequestHead, RequestRefusedError
from portcullis.gateway.edge.http_response import UnwritableResponseError, wire
from portcullis.gateway.edge.request_framing import RequestFraming, broken_body
from portcullis.gateway.exchange import Endpoint, Request, Response, TlsPeer

Handle = Callable[[Request], Awaitable[Response]]

_SLICE_BYTES = 65536
_AHEAD_BYTES = 65536  # of pipelined requests that are kept while one is answered
_HEAD_END = b"\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_JSON = ("Content-Type", "application/json")
_INTERNAL_ERROR = b'{"message": "Internal server error"}'
_MESSAGES = {
    400: "Bad Request",
    408: "Request Timeout",
    417: "Expectation Failed",
    503: "Service Unavailable",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FrontLimits:
    """The limits of one listener, in seconds and bytes."""

    handshake_seconds: float = 10.0
    # From the connection, or from a request's first byte, to its last header.
    header_seconds: float = 30.0
    body_seconds: float = 60.0
    write_seconds: float = 60.0  # a client that does not read its answer
    idle_seconds: float = 310.0  # API Gateway quota, idle connection timeout
    connections: int = 1024
    buffered_body_bytes: int = 268435456  # of all connections together


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A call that did not become a Request; ``status`` is None if the handshake failed."""

    endpoint: Endpoint
    connection_id: str
    refused_at: float = field(default_factory=time.time)  # seconds since the epoch
    source_ip: str
    server_name: str | None
    status: int | None
    reason: str
    request_id: str = ""  # the answer's x-amzn-RequestId; empty if the handshake failed


class HttpServer:
    """State shared by a listener's connections; calling it makes the protocol of one."""

    def __init__(
        self,
        handle: Handle,
        *,
        endpoint: Endpoint,
        limits: FrontLimits,
        on_refused: Callable[[Refusal], None],
    ) -> None:
        self.handle = handle
        self.endpoint = endpoint
        self.limits = limits
        self.on_refused = on_refused
        self.is_draining = False
        self.buffered_body_bytes = 0
        self.connections: set[HttpProtocol] = set()

    def __call__(self) -> "HttpProtocol":
        return HttpProtocol(self)

    async def drain(self, seconds: float) -> None:
        """Close what is idle, wait for the answers under way, and give up the rest."""
        self.is_draining = True
        for connection in tuple(self.connections):
            connection.close_if_idle()
        answering = {c.task for c in self.connections if c.is_answering and c.task is not None}
        if answering:
            _, late = await asyncio.wait(answering, timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)


class HttpProtocol(asyncio.Protocol):
    """One connection. Requests are answered one after the other, in order."""

    def __init__(self, server: HttpServer) -> None:
        self.is_answering = False
        # Answers all requests: a task for each would take longer to make than to run.
        self.task: asyncio.Task[None] | None = None
        self._asked: tuple[RequestHead, bytes] | None = None  # for the task
        self._woken: asyncio.Future[None] | None = None  # waited for by the task
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self.tls_peer: TlsPeer | None = None
        self._source: tuple[str, int] = ("", 0)
        self._framing = RequestFraming()
        # Seconds since the epoch. The first head has to arrive in time from the connection on, and
        # each other from its first byte on.
        self._head_arrived_at: float | None = None
        self._body_bytes = 0  # of the request, as counted by the server
        self._ahead = bytearray()
        self._input_has_ended = False
        self._is_closed = False  # by us: nothing more is read
        self._deadline = Deadline(self._loop, self._is_late)
        self._is_reading_paused = False  # too much is sent ahead
        self._is_writing_paused = False  # the client reads too slowly
        self._writable: asyncio.Future[None] | None = None  # waited for by the answer

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.connections.add(self)
        self.tls_peer = transport.get_extra_info("tls_peer")
        peername = transport.get_extra_info("peername") or ("", 0)
        self._source = (peername[0].removeprefix("::ffff:"), peername[1])
        self._expect_within(self._server.limits.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._is_closed = True
        self._server.connections.discard(self)
        self._deadline.close()
        if not self.is_answering:
            self._forget_body()
        self._wake()
        if self._writable is not None and not self._writable.done():
            self._writable.set_exception(ConnectionResetError("the client closed the connection"))

    def data_received(self, data: bytes) -> None:
        if self._is_closed:
            return
        if not self.is_answering:
            self._read(data)
            return
        self._ahead += data
        if len(self._ahead) > _AHEAD_BYTES and self._transport is not None:
            self._is_reading_paused = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Keep the connection while a complete request waits for its answer."""
        self._input_has_ended = True
        return self.is_answering

    def pause_writing(self) -> None:
        self._is_writing_paused = True

    def resume_writing(self) -> None:
        self._is_writing_paused = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    # Reading

    def close_if_idle(self) -> None:
        if not self.is_answering:
            self._close()

    def _read(self, data: bytes) -> None:
        framing, had_head, had_begun = self._framing, self._framing.head, self._framing.has_begun
        try:
            rest = framing.feed(data)
            self._count_body()
            head = framing.head
            if head is not None and had_head is None:
                self._head_arrived_at = time.time()
            if head is not None and framing.is_complete:
                self._begin_answer(head, rest)
            elif self._input_has_ended:  # the rest does not come
                if head is not None:
                    raise broken_body()
                self._close()
            elif head is not None and had_head is None:
                if head.expects_continue and self._transport is not None:
                    self._transport.write(_CONTINUE)
                self._expect_within(self._server.limits.body_seconds)
            elif framing.has_begun and not had_begun and self._head_arrived_at is not None:
                self._expect_within(self._server.limits.header_seconds)
        except RequestRefusedError as refused:
            self._refuse(refused)

    def _count_body(self) -> None:
        server, size = self._server, len(self._framing.body)
        server.buffered_body_bytes += size - self._body_bytes
        self._body_bytes = size
        if server.buffered_body_bytes > server.limits.buffered_body_bytes:
            raise RequestRefusedError(503, "too many bodies in memory")

    def _forget_body(self) -> None:
        self._server.buffered_body_bytes -= self._body_bytes
        self._body_bytes = 0

    def _refuse(self, refused: RequestRefusedError) -> None:
        self._forget_body()
        peer, request_id = self.tls_peer, str(uuid.uuid4())
        self._server.on_refused(
            Refusal(
                endpoint=self._server.endpoint,
                connection_id=peer.connection_id if peer else "",
                source_ip=self._source[0],
                server_name=peer.server_name if peer else None,
                status=refused.status,
                reason=refused.reason,
                request_id=request_id,
            )
        )
        if refused.text:
            kind, body = ("Content-Type", "text/plain"), refused.text.encode()
        else:
            kind, body = _JSON, json.dumps({"message": _MESSAGES[refused.status]}).encode()
        if self._transport is not None:
            self._transport.write(
                _own_answer(refused.status, kind, body, request_id, method=self._framing.method)
            )
        self._close()

    # Answering

    def _begin_answer(self, head: RequestHead, rest: bytes) -> None:
        framing = self._framing
        body = bytes(framing.body)
        framing.next()
        self._ahead += rest
        self._deadline.clear()
        self.is_answering = True
        self._asked = head, body
        if self.task is None:
            self.task = self._loop.create_task(self._answer_requests())
        self._wake()

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    async def _answer_requests(self) -> None:
        while not self._is_closed:
            if self._asked is None:
                self._woken = self._loop.create_future()
                await self._woken
                continue
            head, body = self._asked
            self._asked = None
            await self._answer(head, body)

    async def _answer(self, head: RequestHead, body: bytes) -> None:
        try:
            wired, closes = await self._answer_of(head, body)
            # What the gates left to the loop comes first, such as log lines; and with requests sent
            # ahead, the other connections have their turn.
            await asyncio.sleep(0)
            for part in _slices(*wired):
                self._send(part)
                if self._is_writing_paused:
                    await self._writing_resumed()
        except ConnectionError:
            closes = True  # the client is gone
        finally:
            self._forget_body()
            self.is_answering = False
        self._end(closes=closes)

    async def _answer_of(self, head: RequestHead, body: bytes) -> tuple[tuple[bytes, bytes], bool]:
        """Head and body of the answer, and whether it is the last one."""
        server = self._server
        try:
            if self.tls_peer is None:
                raise RuntimeError("a request without a TLS peer")  # noqa: TRY301 - answered below
            response = await server.handle(
                Request(
                    endpoint=server.endpoint,
                    source_ip=self._source[0],
                    source_port=self._source[1],
                    http_version=head.http_version,
                    method=head.method,
                    target=head.target,
                    path=head.path,
                    query=head.query,
                    headers=head.headers,
                    body=body,
                    tls=self.tls_peer,
                    received_at=self._head_arrived_at or time.time(),
                )
            )
            closes = self._is_last(head)
            wired = wire(
                response.status, response.headers, response.body, method=head.method, closes=closes
            )
        except UnwritableResponseError as error:
            log.error("an answer that must not be sent: %s", error)  # noqa: TRY400 - no trace needed
        except Exception:
            log.exception("a gate failed on %s", head.method)
        else:
            return wired, closes
        request_id = str(uuid.uuid4())
        return (_own_answer(500, _JSON, _INTERNAL_ERROR, request_id, method=head.method), b""), True

    def _is_last(self, head: RequestHead) -> bool:
        return (
            not head.keeps_connection
            or self._server.is_draining
            or (self._input_has_ended and _HEAD_END not in self._ahead)
        )

    def _send(self, part: bytes | memoryview) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client closed the connection")
        transport.write(part)

    async def _writing_resumed(self) -> None:
        self._writable = self._loop.create_future()
        try:
            async with asyncio.timeout(self._server.limits.write_seconds):
                await self._writable
        except TimeoutError:
            if self._transport is not None:
                self._transport.abort()
            raise ConnectionResetError("the client does not read its answer") from None

    def _end(self, *, closes: bool) -> None:
        if self._is_closed:
            return
        if closes:
            self._close()
            return
        self._expect_within(self._server.limits.idle_seconds)
        if self._ahead or self._input_has_ended:
            ahead = bytes(self._ahead)
            self._ahead.clear()
            self._read(ahead)  # closes where there is nothing more to come
        if self._is_reading_paused and len(self._ahead) <= _AHEAD_BYTES:
            self._is_reading_paused = False
            if self._transport is not None:
                self._transport.resume_reading()

    def _close(self) -> None:
        self._is_closed = True
        self._deadline.clear()
        if self._transport is not None:
            self._transport.close()

    def _expect_within(self, seconds: float) -> None:
        self._deadline.set(self._loop.time() + seconds)

    def _is_late(self) -> None:
        if self._framing.head is not None:
            self._refuse(RequestRefusedError(408, "the body was not sent in time"))
        else:
            self._close()


def _slices(head: bytes, body: bytes) -> Iterable[bytes | memoryview]:
    if len(body) <= _SLICE_BYTES:
        return (head + body,)
    view = memoryview(body)
    return (head, *(view[at : at + _SLICE_BYTES] for at in range(0, len(view), _SLICE_BYTES)))


def _own_answer(
    status: int, content_type: tuple[str, str], body: bytes, request_id: str, *, method: str
) -> bytes:
    """The last answer on a connection, by the listener itself."""
    headers = (content_type, ("x-amzn-RequestId", request_id))
    return b"".join(wire(status, headers, body, method=method, closes=True))
