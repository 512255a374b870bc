"""A server on the stopped backend's address: it captures requests, or misbehaves on purpose.

With it a client's real token is captured without a log that could hold one. The gateway's
configuration does not change, so the real backend must be stopped first.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from portcullis.acceptance.matrix.action import Behaviour
from portcullis.acceptance.wire.connection import Peer, Presented
from portcullis.errors import PortcullisError

READ_SECONDS = 5.0
HEAD_LIMIT_BYTES = 64 * 1024

_FINE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
_REPLIES = {
    None: _FINE,
    Behaviour.GARBAGE: b"\x00\x01\x02 this is not HTTP\r\n\r\n",
    Behaviour.CUT_SHORT: b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[",
}


class PortTakenError(PortcullisError):
    def __init__(self, peer: Peer, reason: str) -> None:
        super().__init__(
            f"The matrix cannot listen in place of the backend on {peer.address}:{peer.port}: "
            f"{reason}. Nothing else may use that port between stop-backend and start-backend."
        )


class BorrowedBackend:
    """Answers on the backend's address. Keeps request heads in memory until the block ends.

    ``server`` is the certificate to listen with; None for a backend without TLS. ``on_request`` is
    called in a thread of its own once the head of a request has arrived.
    """

    def __init__(
        self,
        peer: Peer,
        behaviour: Behaviour | None = None,
        server: Presented | None = None,
        on_request: Callable[[], None] = lambda: None,
    ) -> None:
        self._peer = peer
        self._tls: ssl.SSLContext | None = None
        if server is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(server.certificate, server.key)
        self._behaviour = behaviour
        self._on_request = on_request
        self._heads: list[tuple[tuple[str, str], ...]] = []
        self._stop = threading.Event()
        self._socket: socket.socket | None = None
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        try:
            self._socket = socket.create_server((self._peer.address, self._peer.port))
        except OSError as error:
            raise PortTakenError(self._peer, (error.strerror or str(error)).lower()) from None
        self._socket.settimeout(0.05)
        self._start(self._accept)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._socket is not None:
            self._socket.close()
        self._heads.clear()

    @property
    def heads(self) -> Iterator[tuple[tuple[str, str], ...]]:
        """The headers of every request so far."""
        return iter(list(self._heads))

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        assert self._socket is not None  # noqa: S101 - set before the thread starts
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                stream, _ = self._socket.accept()
                self._start(self._serve, stream)

    def _serve(self, accepted: socket.socket) -> None:
        with contextlib.suppress(OSError), self._secured(accepted) as stream:
            stream.settimeout(0.05)
            while head := self._read_head(stream):
                self._heads.append(_headers(head))
                self._on_request()
                if self._behaviour is Behaviour.SILENT:
                    self._stop.wait()
                    return
                stream.sendall(_REPLIES[self._behaviour])
                if self._behaviour is not None:
                    return

    def _secured(self, stream: socket.socket) -> socket.socket:
        if self._tls is None:
            return stream
        stream.settimeout(READ_SECONDS)
        return self._tls.wrap_socket(stream, server_side=True)

    def _read_head(self, stream: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data and len(data) < HEAD_LIMIT_BYTES:
            if self._stop.is_set():
                return b""
            with contextlib.suppress(TimeoutError):
                more = stream.recv(8192)
                if not more:
                    return b""
                data += more
        return data.partition(b"\r\n\r\n")[0]


def _headers(head: bytes) -> tuple[tuple[str, str], ...]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines)
    return tuple((name.strip(), value.strip()) for name, _, value in pairs)
