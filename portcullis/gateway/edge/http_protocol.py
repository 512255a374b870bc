"""HTTP/1.1 of a listener: aiohttp's server protocol with API Gateway's limits, strictly read."""

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.streams import StreamReader

from portcullis.gateway.edge.http_request import (
    BODY_LIMIT_BYTES,
    HEADER_LIMIT_BYTES,
    RequestHead,
    RequestRefusedError,
    body_too_large,
    head_too_large,
    read_head,
)
from portcullis.gateway.edge.http_response import UnwritableResponseError, wire
from portcullis.gateway.edge.request_framing import RequestFraming
from portcullis.gateway.exchange import Endpoint, Request, Response, TlsPeer

Handle = Callable[[Request], Awaitable[Response]]

_SLICE_BYTES = 65536
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_JSON = ("Content-Type", "application/json")

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
    linger_seconds: float = 2.0  # of reading a refused body, so that its answer is not lost
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


class HttpServer(web.Server):
    """State shared by a listener's connections; calling it makes the protocol of one."""

    def __init__(
        self,
        handle: Handle,
        *,
        endpoint: Endpoint,
        limits: FrontLimits,
        on_refused: Callable[[Refusal], None],
    ) -> None:
        super().__init__(_answer)
        self.handle = handle
        self.endpoint = endpoint
        self.limits = limits
        self.on_refused = on_refused
        self.is_draining = False
        self.buffered_body_bytes = 0

    def __call__(self) -> "HttpProtocol":
        return HttpProtocol(self, loop=asyncio.get_running_loop())


class HttpProtocol(web.RequestHandler):
    """One connection. Requests are answered one after the other, in order."""

    __slots__ = (
        "_answered",
        "_framing",
        "_head_timer",
        "_source",
        "has_input_ended",
        "is_busy",
        "reading",
        "server",
        "tls_peer",
    )

    def __init__(self, server: HttpServer, *, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=server.limits.idle_seconds,
            logger=log,
            access_log=cast(logging.Logger, None),  # the gates keep the access log
            # Above the quota, so that the answer is the quota's and not a parse error.
            max_line_size=2 * HEADER_LIMIT_BYTES,
            max_field_size=2 * HEADER_LIMIT_BYTES,
            max_headers=256,
            lingering_time=server.limits.linger_seconds,
            auto_decompress=False,  # the body is forwarded as it came
        )
        self.server = server
        self.tls_peer: TlsPeer | None = None
        self.is_busy = False  # between a whole head and the end of its answer
        self.reading: StreamReader | None = None  # the body of the request that is read
        self.has_input_ended = False
        self._framing = RequestFraming()
        self._answered = 0  # of the requests that aiohttp has counted
        self._source: tuple[str, int] = ("", 0)
        self._head_timer: asyncio.TimerHandle | None = None

    @property
    def source(self) -> tuple[str, int]:
        return self._source

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.tls_peer = transport.get_extra_info("tls_peer")
        peername = transport.get_extra_info("peername") or ("", 0)
        self._source = (peername[0].removeprefix("::ffff:"), peername[1])
        self._expect_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._head_arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if data and not self.is_busy:
            self._expect_head()
        passed = self._framing.feed(data)
        if passed:
            super().data_received(passed)
        if self.is_broken and self.reading is not None:
            self.reading.set_exception(
                web.RequestPayloadError("the body is not framed as its headers say")
            )

    @property
    def is_broken(self) -> bool:
        """Whether a body ended with something malformed."""
        return self._framing.refusal is not None and self._framing.is_in_body

    def eof_received(self) -> bool:  # type: ignore[override]  # aiohttp's never stays open
        """Keep the connection while a complete request waits for its answer."""
        self.has_input_ended = True
        return self._unanswered() > 0 and self.reading is None

    def begin(self) -> None:
        self._head_arrived()
        self.is_busy = True

    def end(self) -> None:
        self.is_busy = False
        self._answered += 1

    def is_last(self, request: web.BaseRequest) -> bool:
        """Whether the connection closes after this request's answer."""
        return (
            not request.keep_alive
            or request.version != (1, 1)
            or self.server.is_draining
            or (self.has_input_ended and self._unanswered() <= 1)
        )

    def _unanswered(self) -> int:
        return self._request_count - self._answered

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # aiohttp's message quotes the client, so it is not sent back
    ) -> web.StreamResponse:
        """Answer what the parser refused, or our own failure, without a stack trace."""
        del message
        self.begin()
        if isinstance(exc, HttpProcessingError):
            refused = self._framing.refusal or (
                head_too_large()
                if isinstance(exc, LineTooLong)
                else RequestRefusedError(400, "the request is not HTTP/1.1")
            )
            return self.refuse(refused, method="GET")
        log.error("unexpected error at the front, status %s", status, exc_info=exc)
        return _Answer.internal_error(self, method=request.method)

    def refuse(self, refused: RequestRefusedError, *, method: str) -> "_Answer":
        request_id = str(uuid.uuid4())
        self.server.on_refused(
            Refusal(
                endpoint=self.server.endpoint,
                connection_id=self.tls_peer.connection_id if self.tls_peer else "",
                source_ip=self._source[0],
                server_name=self.tls_peer.server_name if self.tls_peer else None,
                status=refused.status,
                reason=refused.reason,
                request_id=request_id,
            )
        )
        return _Answer.refusal(self, refused, request_id, method=method)

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self._loop.call_later(
                self.server.limits.header_seconds, self._head_timed_out
            )

    def _head_arrived(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_timed_out(self) -> None:
        self._head_timer = None
        if not self.is_busy:
            self.force_close()


class _Answer(web.StreamResponse):
    """A finished answer; aiohttp only decides when it is sent."""

    def __init__(self, protocol: HttpProtocol, head: bytes, body: bytes, *, closes: bool) -> None:
        super().__init__()
        self._protocol = protocol
        self._wire_head = head
        self._wire_body = body
        self._closes = closes

    @classmethod
    def refusal(
        cls, protocol: HttpProtocol, refused: RequestRefusedError, request_id: str, *, method: str
    ) -> "_Answer":
        if refused.text:
            kind, body = ("Content-Type", "text/plain"), refused.text.encode()
        else:
            kind, body = _JSON, json.dumps({"message": _MESSAGES[refused.status]}).encode()
        return cls._of(protocol, refused.status, kind, body, request_id, method=method)

    @classmethod
    def internal_error(cls, protocol: HttpProtocol, *, method: str) -> "_Answer":
        body = b'{"message": "Internal server error"}'
        return cls._of(protocol, 500, _JSON, body, str(uuid.uuid4()), method=method)

    @classmethod
    def _of(
        cls,
        protocol: HttpProtocol,
        status: int,
        content_type: tuple[str, str],
        body: bytes,
        request_id: str,
        *,
        method: str,
    ) -> "_Answer":
        headers = (content_type, ("x-amzn-RequestId", request_id))
        return cls(protocol, *wire(status, headers, body, method=method, closes=True), closes=True)

    @property
    def keep_alive(self) -> bool:
        return not self._closes

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        del request
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        del data
        protocol = self._protocol
        transport = protocol.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client closed the connection")
        head, body = self._wire_head, self._wire_body
        if len(body) <= _SLICE_BYTES:
            transport.write(head + body)
            await self._fetched(transport)
        else:
            transport.write(head)
            view = memoryview(body)
            for start in range(0, len(view), _SLICE_BYTES):
                transport.write(view[start : start + _SLICE_BYTES])
                await self._fetched(transport)
        protocol.end()

    async def _fetched(self, transport: asyncio.Transport) -> None:
        if not self._protocol.writing_paused:
            return
        try:
            async with asyncio.timeout(self._protocol.server.limits.write_seconds):
                await self._protocol._drain_helper()  # what StreamWriter.drain does
        except TimeoutError:
            transport.abort()
            raise ConnectionResetError("the client does not read its answer") from None


_MESSAGES = {
    400: "Bad Request",
    408: "Request Timeout",
    417: "Expectation Failed",
    503: "Service Unavailable",
}


async def _answer(request: web.BaseRequest) -> web.StreamResponse:
    protocol = cast(HttpProtocol, request.protocol)
    received_at = time.time()
    protocol.begin()
    body = bytearray()
    try:
        version = (request.version.major, request.version.minor)
        head = read_head(request.method, request.raw_path, version, request.raw_headers)
        if head.has_body:
            await _read_body(request, protocol, head, body)
        return await _handled(request, protocol, head, bytes(body), received_at)
    except RequestRefusedError as refused:
        return protocol.refuse(refused, method=request.method)
    finally:
        protocol.server.buffered_body_bytes -= len(body)


async def _read_body(
    request: web.BaseRequest, protocol: HttpProtocol, head: RequestHead, body: bytearray
) -> None:
    """Fill ``body``, whose bytes count against what the listener holds in memory."""
    server = protocol.server
    if head.expects_continue and protocol.transport is not None and not request.content.is_eof():
        protocol.transport.write(_CONTINUE)
    if (protocol.has_input_ended or protocol.is_broken) and not request.content.is_eof():
        raise RequestRefusedError(400, "the body is not framed as its headers say")
    protocol.reading = request.content
    try:
        async with asyncio.timeout(server.limits.body_seconds):
            while piece := await request.content.readany():
                body += piece
                server.buffered_body_bytes += len(piece)
                if len(body) > BODY_LIMIT_BYTES:
                    raise body_too_large()
                if server.buffered_body_bytes > server.limits.buffered_body_bytes:
                    raise RequestRefusedError(503, "too many bodies in memory")
    except TimeoutError:
        raise RequestRefusedError(408, "the body was not sent in time") from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise RequestRefusedError(400, "the body is not framed as its headers say") from None
    finally:
        protocol.reading = None
    if head.content_length is not None and len(body) != head.content_length:
        raise RequestRefusedError(400, "the body is shorter than Content-Length")


async def _handled(
    request: web.BaseRequest,
    protocol: HttpProtocol,
    head: RequestHead,
    body: bytes,
    received_at: float,
) -> _Answer:
    server = protocol.server
    source_ip, source_port = protocol.source
    try:
        if protocol.tls_peer is None:
            raise RuntimeError("a request without a TLS peer")  # noqa: TRY301 - answered below
        response = await server.handle(
            Request(
                endpoint=server.endpoint,
                source_ip=source_ip,
                source_port=source_port,
                http_version=head.http_version,
                method=head.method,
                target=head.target,
                path=head.path,
                query=head.query,
                headers=head.headers,
                body=body,
                tls=protocol.tls_peer,
                received_at=received_at,
            )
        )
        closes = protocol.is_last(request)
        wired = wire(
            response.status, response.headers, response.body, method=head.method, closes=closes
        )
    except UnwritableResponseError as error:
        log.error("an answer that must not be sent: %s", error)  # noqa: TRY400 - no trace needed
        return _Answer.internal_error(protocol, method=head.method)
    except Exception:
        log.exception("a gate failed on %s", head.method)
        return _Answer.internal_error(protocol, method=head.method)
    return _Answer(protocol, *wired, closes=closes)
