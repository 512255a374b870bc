"""HTTP to the backend over a keep-alive pool, with strict framing and whole answers.

A connection carries one request at a time and is used again only if the end of the answer was
certain. A request is sent a second time only if a kept connection was closed before the first byte
of the answer and the method is idempotent. Why this is not a client library:
docs/decisions/0007-the-upstream-is-not-a-client-library.md.

Sources: RFC 9112 sections 6.3, 7 and 9.3; RFC 9110 sections 7.6.1, 9.2.2 and 15.2.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import cast

import httptools

from portcullis.gateway.edge.backend_request import Origin, request_bytes, split_url
from portcullis.gateway.edge.backend_tls import BackendTls
from portcullis.gateway.edge.deadline import Deadline
from portcullis.gateway.exchange import UpstreamAnswer, UpstreamError, UpstreamTimeoutError

ANSWER_LIMIT_BYTES = 10485760  # API Gateway quota, payload size
HEAD_LIMIT_BYTES = 65536
IDLE_SECONDS = 30.0  # below what common servers keep an idle connection for
IDLE_CONNECTIONS = 64  # per backend

_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})  # RFC 9110 9.2.2
_SWITCHING_PROTOCOLS = 101
_FIRST_FINAL_STATUS = 200


class _StaleConnectionError(Exception):
    """A kept connection was closed by the backend before it answered anything."""


class HttpUpstream:
    """Implements :class:`portcullis.gateway.exchange.Upstream`. Belongs to one event loop.

    Args:
        tls: how https backends are verified: by the system's trust store if left out.
        certificate_pem: the client certificate to present to them.
        sent: called with the bytes of each request that was answered.

    Raises:
        UnknownCertificateError: the certificate's private key is not on this machine.
    """

    def __init__(
        self,
        *,
        tls: BackendTls | None = None,
        certificate_pem: str | None = None,
        sent: Callable[[bytes], None] | None = None,
    ) -> None:
        self._tls = tls or BackendTls()
        self._context = None if certificate_pem is None else self._tls.context(certificate_pem)
        self._sent = sent
        self._loop: asyncio.AbstractEventLoop | None = None
        self._presenting: dict[str, HttpUpstream] = {}
        self._idle: dict[Origin, list[_BackendConnection]] = {}
        self._all: set[_BackendConnection] = set()

    def presenting(self, certificate_pem: str) -> "HttpUpstream":
        """A pool of its own, which ``close`` of this one closes too.

        Raises:
            UnknownCertificateError: the certificate's private key is not on this machine.
        """
        if certificate_pem not in self._presenting:
            pool = HttpUpstream(tls=self._tls, certificate_pem=certificate_pem, sent=self._sent)
            self._presenting[certificate_pem] = pool
        return self._presenting[certificate_pem]

    async def send(
        self,
        method: str,
        url: str,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
        timeout_seconds: float,
    ) -> UpstreamAnswer:
        """One request, one whole answer; redirects are not followed, nothing is decoded.

        Framing and connection headers are the pool's own: those given are left out. A ``Host``
        given replaces the one of the URL.

        Raises:
            UpstreamError: not reachable, not HTTP, too large, or a request that cannot be written.
            UpstreamTimeoutError: no whole answer within ``timeout_seconds``, connecting included.
        """
        origin, target = split_url(url)
        request = request_bytes(method, origin, target, headers, body)
        if self._loop is None:  # once: to ask for it takes a system call
            self._loop = asyncio.get_running_loop()
        deadline = self._loop.time() + timeout_seconds
        try:
            while True:
                kept = self._take(origin)
                connection = kept or await self._connect(origin, deadline)
                try:
                    answer = await connection.ask(
                        request, is_head=method == "HEAD", deadline=deadline
                    )
                except _StaleConnectionError:
                    connection.abort()
                    if kept is None or method not in _IDEMPOTENT:
                        raise UpstreamError(
                            f"{origin.authority} closed the connection without an answer"
                        ) from None
                except BaseException:
                    connection.abort()
                    raise
                else:
                    self._keep(origin, connection)
                    if self._sent is not None:
                        self._sent(request)
                    return answer
        except TimeoutError:
            raise UpstreamTimeoutError(
                f"{origin.authority} did not answer within {timeout_seconds:g} seconds"
            ) from None

    async def close(self) -> None:
        """Drop every connection; calls under way fail with UpstreamError."""
        connections = tuple(self._all)
        for connection in connections:
            connection.abort()
        for connection in connections:
            await connection.lost.wait()
        for pool in self._presenting.values():
            await pool.close()

    def _take(self, origin: Origin) -> "_BackendConnection | None":
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            if connection.is_usable():
                return connection
            connection.abort()
        return None

    def _keep(self, origin: Origin, connection: "_BackendConnection") -> None:
        idle = self._idle.setdefault(origin, [])
        if connection.is_usable() and len(idle) < IDLE_CONNECTIONS:
            idle.append(connection)
        else:
            connection.close()

    async def _connect(self, origin: Origin, deadline: float) -> "_BackendConnection":
        loop = asyncio.get_running_loop()
        context = self._verification() if origin.scheme == "https" else None
        try:
            async with asyncio.timeout_at(deadline):
                _, connection = await loop.create_connection(
                    lambda: _BackendConnection(self._all),
                    origin.host,
                    origin.port,
                    ssl=context,
                    server_hostname=origin.host if context else None,
                )
        except TimeoutError:
            raise
        except (OSError, ssl.SSLError, UnicodeError) as error:
            raise UpstreamError(f"cannot connect to {origin.authority}: {_words(error)}") from error
        return connection

    def _verification(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = self._tls.context()
        return self._context


class _BackendConnection(asyncio.Protocol):
    """One TCP or TLS connection to a backend, and the answer being read from it."""

    def __init__(self, registry: "set[_BackendConnection]") -> None:
        self.lost = asyncio.Event()
        self._registry = registry
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[UpstreamAnswer] | None = None
        self._reader: _AnswerReader | None = None
        self._deadline = Deadline(self._loop, self._is_late)
        self._is_clean = True  # the last answer ended where the next may begin
        self._idle_since = self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._registry.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._registry.discard(self)
        self.lost.set()
        self._deadline.close()
        reader = self._reader
        self._is_clean = False
        if reader is None:
            return
        if reader.ends_with_connection():
            self._finish(reader.answer())
        elif not reader.has_begun:
            self._fail(_StaleConnectionError())
        else:
            self._fail(UpstreamError(f"the backend closed the connection in its answer ({exc})"))

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if reader is None:  # no request is open, so answers no longer match requests
            self.abort()
            return
        try:
            reader.feed(data)
        except UpstreamError as error:
            self._fail(error)
            self.abort()
            return
        if reader.is_complete:
            self._finish(reader.answer())

    def ask(
        self, request: bytes, *, is_head: bool, deadline: float
    ) -> "asyncio.Future[UpstreamAnswer]":
        """The answer to come, or TimeoutError at the ``deadline`` of the loop's clock."""
        transport = self._transport
        if transport is None or transport.is_closing():
            raise _StaleConnectionError
        self._reader = _AnswerReader(is_head=is_head)
        answer = self._answer = self._loop.create_future()
        # In the next turn of the loop, with the requests of other calls: the backend wakes up once.
        self._loop.call_soon(transport.write, request)
        self._deadline.set(deadline)
        return answer

    def is_usable(self) -> bool:
        return (
            self._is_clean
            and self._transport is not None
            and not self._transport.is_closing()
            and self._loop.time() - self._idle_since < IDLE_SECONDS
        )

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        self._is_clean = False
        if self._transport is not None:
            self._transport.abort()

    def _is_late(self) -> None:
        self._fail(TimeoutError())

    def _finish(self, answer: UpstreamAnswer) -> None:
        self._deadline.clear()
        reader, self._reader = self._reader, None
        self._is_clean = (
            self._is_clean
            and reader is not None
            and reader.keeps_connection
            and self._transport is not None
            and self._transport.get_write_buffer_size() == 0
        )
        self._idle_since = self._loop.time()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def _fail(self, error: Exception) -> None:
        self._deadline.clear()
        self._reader = None
        self._is_clean = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)


class _AnswerReader:
    """Parses the bytes of one answer; the callbacks are httptools'."""

    def __init__(self, *, is_head: bool) -> None:
        self.is_complete = False
        self.has_begun = False
        self.keeps_connection = False
        self._is_head = is_head
        self._parser = httptools.HttpResponseParser(self)
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._has_head = False
        self._is_delimited = False  # the end is known without the end of the connection
        self._head_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0

    def feed(self, data: bytes) -> None:
        self.has_begun = True
        if not self._has_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            if isinstance(error.__context__, UpstreamError):
                raise error.__context__ from None
            raise UpstreamError(f"unreadable answer from the backend: {error}") from error
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if self.is_complete:  # more than one answer: use the first, drop the connection
                self.keeps_connection = False
                return
            raise UpstreamError(f"the backend's answer is not HTTP/1.1: {error}") from error
        if not self._has_head and self._head_bytes > HEAD_LIMIT_BYTES:
            raise UpstreamError(
                f"the head of the backend's answer exceeds {HEAD_LIMIT_BYTES} bytes"
            )

    def ends_with_connection(self) -> bool:
        return self._has_head and not self._is_delimited

    def answer(self) -> UpstreamAnswer:
        """Called once, at the end."""
        # The parser refers to this object: the two would stay until the garbage is collected.
        del self._parser
        return UpstreamAnswer(
            status=self._status, headers=tuple(self._headers), body=b"".join(self._body)
        )

    def on_message_begin(self) -> None:
        if self.is_complete:
            self.keeps_connection = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._has_head and not self.is_complete:  # what comes later is a trailer
            self._headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self.is_complete:
            return
        self._status = self._parser.get_status_code()
        if self._status == _SWITCHING_PROTOCOLS:
            raise UpstreamError("the backend switched protocols without being asked")
        if self._status < _FIRST_FINAL_STATUS:  # interim: the answer is still to come
            self._headers.clear()
            return
        self._has_head = True
        self._frame()
        if self._is_head:
            self.is_complete = True

    def on_body(self, body: bytes) -> None:
        if self.is_complete:
            self.keeps_connection = False
            return
        self._body_bytes += len(body)
        if self._body_bytes > ANSWER_LIMIT_BYTES:
            raise UpstreamError(f"the backend's answer exceeds {ANSWER_LIMIT_BYTES} bytes")
        self._body.append(bytes(body))

    def on_message_complete(self) -> None:
        if self._has_head:
            self.is_complete = True

    def _frame(self) -> None:
        lengths: list[str] = []
        codings: list[str] = []
        options: set[str] = set()
        for name, value in self._headers:
            lowered = name.lower()
            if lowered == "content-length":
                lengths.append(value)
            elif lowered == "transfer-encoding":
                codings.append(value)
            elif lowered == "connection":
                options.update(option.strip().lower() for option in value.split(","))
        if len(lengths) > 1 or (lengths and codings):
            raise UpstreamError("the backend's answer has more than one length")
        if codings and [c.lower() for c in codings] != ["chunked"]:
            raise UpstreamError("the backend's answer has a transfer coding other than chunked")
        if lengths and not lengths[0].isdecimal():
            raise UpstreamError("the backend's answer has an unreadable length")
        if lengths and not self._is_head and int(lengths[0]) > ANSWER_LIMIT_BYTES:
            raise UpstreamError(f"the backend's answer exceeds {ANSWER_LIMIT_BYTES} bytes")
        has_no_body = self._is_head or self._status in (204, 304)
        self._is_delimited = bool(lengths or codings) or has_no_body
        self.keeps_connection = (
            self._is_delimited
            and "close" not in options
            and (self._parser.get_http_version() == "1.1" or "keep-alive" in options)
        )


def _words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate was not accepted ({error.verify_message})"
    with contextlib.suppress(AttributeError):
        return str(error.strerror or error)  # type: ignore[attr-defined]  # OSError only
    return str(error)
