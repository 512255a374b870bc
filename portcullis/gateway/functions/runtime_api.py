"""The Lambda Runtime API on loopback for one worker, which polls for events and answers them.

Each worker has its own port, so only the worker that has an event can answer it.

Source: Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
"""

import asyncio
import json
import logging
import re
from dataclasses import dataclass
from typing import Protocol, cast

import httptools

PAYLOAD_LIMIT_BYTES = 6291556  # Lambda quota, synchronous invocation payload
_HEAD_LIMIT_BYTES = 2097152  # X-Ray causes may come in a header of up to 1 MiB
_PREFIX = "/2018-06-01/runtime"
_ANSWER = re.compile(_PREFIX + r"/invocation/(?P<id>[0-9a-f-]{36})/(?P<what>response|error)")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One event for a worker."""

    request_id: str
    event: bytes
    deadline_ms: int  # since the epoch
    function_arn: str
    trace_id: str


class RuntimeEvents(Protocol):
    """Called when a worker's runtime reports something."""

    def asked_for_next(self) -> bool:
        """The worker polls for an event. False refuses: its last event is not answered."""

    def answered(self, request_id: str, payload: bytes) -> bool:
        """The function returned. False refuses: the worker has another invocation."""

    def failed(self, request_id: str, payload: bytes) -> bool:
        """The function raised. False refuses: the worker has another invocation."""

    def failed_to_initialise(self, payload: bytes) -> None:
        """The module or its handler could not be loaded."""


class RuntimeApi:
    """The server of one worker; ``address`` is its AWS_LAMBDA_RUNTIME_API."""

    def __init__(self, events: RuntimeEvents) -> None:
        self.address = ""
        self._events = events
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._polling: _Connection | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.address = f"{host}:{port}"

    def give(self, invocation: Invocation) -> bool:
        """Answer the worker's poll with an event; False if it is not polling."""
        polling, self._polling = self._polling, None
        if polling is None:
            return False
        polling.respond(
            200,
            invocation.event,
            (
                ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
                ("Lambda-Runtime-Deadline-Ms", str(invocation.deadline_ms)),
                ("Lambda-Runtime-Invoked-Function-Arn", invocation.function_arn),
                ("Lambda-Runtime-Trace-Id", invocation.trace_id),
            ),
        )
        return True

    def hang_up(self) -> None:
        """Drop the connections of a worker that ended."""
        for connection in tuple(self._connections):
            connection.abort()
        self._polling = None

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.hang_up()

    def connected(self, connection: "_Connection") -> None:
        self._connections.add(connection)

    def disconnected(self, connection: "_Connection") -> None:
        self._connections.discard(connection)
        if self._polling is connection:
            self._polling = None

    def route(self, connection: "_Connection", method: str, path: str, body: bytes) -> None:
        if method == "GET" and path == _PREFIX + "/invocation/next":
            if self._polling is not None:
                connection.refuse(403, "another poll is waiting")
                return
            self._polling = connection
            if not self._events.asked_for_next():
                self._polling = None
                connection.refuse(403, "the last invocation is not answered")
        elif method == "POST" and path == _PREFIX + "/init/error":
            self._events.failed_to_initialise(body)
            connection.accept()
        elif method == "POST" and (answer := _ANSWER.fullmatch(path)):
            take = self._events.answered if answer["what"] == "response" else self._events.failed
            if take(answer["id"], body):
                connection.accept()
            else:
                connection.refuse(400, "Invalid request ID")
        else:
            connection.refuse(404, "no such operation")


class _Connection(asyncio.Protocol):
    """HTTP/1.1 with one request at a time; the callbacks are httptools'."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._body: list[bytes] = []
        self._bytes = 0
        self._expects_continue = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._api.connected(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # expected when a worker ends
        self._api.disconnected(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._bytes += len(data)
        if self._bytes > PAYLOAD_LIMIT_BYTES + _HEAD_LIMIT_BYTES:
            self.refuse(413, "payload too large")
            self.abort()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            log.warning("the runtime API got a request that is not HTTP: %s", error)
            self.abort()

    def on_message_begin(self) -> None:
        self._target = b""
        self._body = []
        self._expects_continue = False

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"expect" and value.lower() == b"100-continue":
            self._expects_continue = True

    def on_headers_complete(self) -> None:
        if self._expects_continue and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body.append(bytes(body))

    def on_message_complete(self) -> None:
        self._bytes = 0
        self._api.route(
            self,
            self._parser.get_method().decode("ascii"),
            self._target.decode("latin-1"),
            b"".join(self._body),
        )

    def respond(self, status: int, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> None:
        if self._transport is None:
            return
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        head = (
            f"HTTP/1.1 {status} \r\nContent-Type: application/json\r\n{lines}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._transport.write(head.encode("latin-1") + body)

    def accept(self) -> None:
        self.respond(202, b'{"status":"OK"}')

    def refuse(self, status: int, message: str) -> None:
        body = {"errorMessage": message, "errorType": "InvalidStateTransition"}
        self.respond(status, json.dumps(body).encode())

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
