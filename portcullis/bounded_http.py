"""One HTTP or HTTPS call that ends by a deadline, whatever the server does.

The deadline holds for all of it: name, connection (a name may have many addresses that do not
answer), TLS handshake, head and body. No redirect is followed, no proxy is used, and no content
coding is undone.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from queue import Empty, Queue
from typing import Any, Final

OK: Final = 200
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PIECE_BYTES: Final = 65_536
_MIN_SECONDS: Final = 0.001  # a socket's timeout of 0 means: do not wait at all

_Addresses = list[tuple[int, Any]]  # family, and what connect() takes


class BodyError(Exception):
    """The body of a 200 has more bytes than the call accepts, or fewer than were announced."""


class AddressRefusedError(Exception):
    """The name leads only to addresses that must not be called."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} must not be called")
        self.address = address


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    status: int
    location: str | None
    body: bytes


@dataclass(frozen=True, kw_only=True)
class HttpCall:
    """``context`` is None for plain HTTP."""

    host: str
    port: int | None
    target: str
    deadline: float  # of time.monotonic()
    max_bytes: int
    context: ssl.SSLContext | None = None
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    # Whether an address may be called: asked for each one before it is connected to.
    may_call: Callable[[str], bool] | None = None

    def send(self) -> HttpAnswer:
        """The answer; of one that is not a 200, at most ``max_bytes``, and no body of a redirect.

        Raises:
            OSError, HTTPException, ValueError: as `http.client`; TimeoutError, an OSError, where
                the deadline ended the call.
            AddressRefusedError, BodyError: see there.
        """
        if self.context is None:
            connection = HTTPConnection(self.host, self.port)
        else:
            connection = HTTPSConnection(self.host, self.port, context=self.context)
        try:
            with closing(connection), self._opened(connection) as opened:
                connection.sock = opened
                if isinstance(opened, ssl.SSLSocket):
                    opened.do_handshake()
                connection.request(
                    self.method, self.target, body=self.body, headers=dict(self.headers)
                )
                with connection.getresponse() as answer:
                    body = self._body(answer)
        except (OSError, HTTPException, ValueError, BodyError) as error:
            # Where the timer shut the socket down, its end looks like any other.
            if time.monotonic() >= self.deadline:
                raise TimeoutError("the answer took too long") from error
            raise
        return HttpAnswer(status=answer.status, location=answer.getheader("Location"), body=body)

    @contextmanager
    def _opened(self, connection: HTTPConnection) -> Iterator[socket.socket]:
        """A connected socket, for TLS before its handshake; it is shut down at the deadline."""
        opened = self._connected(_resolved(connection.host, connection.port, self.deadline))
        if self.context is not None:
            with opened:
                opened = self.context.wrap_socket(
                    opened, server_hostname=connection.host, do_handshake_on_connect=False
                )
        # A socket's timeout holds for each read alone; a server may send a byte now and then.
        timer = threading.Timer(self._left(), _shut_down, [opened])
        timer.daemon = True
        timer.start()
        with opened:
            try:
                yield opened
            finally:
                timer.cancel()

    def _connected(self, addresses: _Addresses) -> socket.socket:
        called = [(f, a) for f, a in addresses if self.may_call is None or self.may_call(a[0])]
        if not called:
            raise AddressRefusedError(addresses[0][1][0])
        for others, (family, address) in zip(range(len(called) - 1, -1, -1), called, strict=True):
            opened = socket.socket(family, socket.SOCK_STREAM)
            try:
                # An equal share of what is left, for each address that is left.
                opened.settimeout(self._left() / (others + 1))
                opened.connect(address)
            except OSError:
                opened.close()
                if not others:
                    raise
                continue
            opened.settimeout(self._left())
            return opened
        raise AssertionError("the last address connects or raises")

    def _body(self, answer: HTTPResponse) -> bytes:
        if answer.status in REDIRECTS:
            return b""
        piece, body = bytearray(_PIECE_BYTES), bytearray()
        # readinto() takes no more than the piece; read() takes all for a chunk of negative size.
        while len(body) <= self.max_bytes and (count := answer.readinto(piece)):
            body += piece[:count]
        if time.monotonic() >= self.deadline:
            raise BodyError("it may have been cut off")
        if answer.status == OK and len(body) > self.max_bytes:
            raise BodyError(f"sends more than {self.max_bytes:,} bytes")
        if answer.status == OK and answer.length:
            raise BodyError(f"sends {answer.length:,} bytes less than it announces")
        return bytes(body[: self.max_bytes])

    def _left(self) -> float:
        return max(_MIN_SECONDS, self.deadline - time.monotonic())


def _resolved(host: str, port: int, deadline: float) -> _Addresses:
    """Every address of a name. The system's resolver cannot be ended, so it runs in a thread."""
    found: Queue[_Addresses | Exception] = Queue()

    def resolve() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([(family, address) for family, _, _, _, address in infos])
        except (OSError, ValueError) as error:  # UnicodeError is a ValueError
            found.put(error)

    threading.Thread(target=resolve, daemon=True).start()
    try:
        result = found.get(timeout=max(_MIN_SECONDS, deadline - time.monotonic()))
    except Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(result, Exception):
        raise result
    return result


def _shut_down(open_socket: socket.socket) -> None:
    with suppress(OSError):  # it has ended already
        # Past the TLS layer of an SSLSocket, which its own thread is reading.
        socket.socket.shutdown(open_socket, socket.SHUT_RDWR)
