"""A server on the stopped backend's address that misbehaves on purpose.

The gateway's configuration does not change, so the real backend must be stopped first.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from portcullis.acceptance.matrix.action import Behaviour
from portcullis.acceptance.wire.connection import Peer, Presented
from portcullis.errors import PortcullisError

READ_SECONDS = 5.0
HEAD_LIMIT_BYTES = 64 * 1024

_REPLIES = {
    Behaviour.GARBAGE: b"\x00\x01\x02 this is not HTTP\r\n\r\n",
    Behaviour.CUT_SHORT: b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[",
}


class BorrowedBackend:
    """Answers each connection's first request until the block ends.

    ``server`` is the certificate to listen with; None for a backend without TLS. ``on_request`` is
    called in a thread of its own once the head of a request has arrived.
    """

    def __init__(
        self,
        peer: Peer,
        behaviour: Behaviour,
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
        self._stop = threading.Event()
        self._socket: socket.socket | None = None
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        try:
            self._socket = socket.create_server((self._peer.address, self._peer.port))
        except OSError as error:
            place = f"{self._peer.address}:{self._peer.port}"
            raise PortcullisError(
                f"The matrix cannot listen in place of the backend on {place}: "
                f"{(error.strerror or str(error)).lower()}. Nothing else may use that port between "
                "stop-backend and start-backend."
            ) from None
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
            if not self._has_read_head(stream):
                return
            self._on_request()
            if self._behaviour is Behaviour.SILENT:
                self._stop.wait()
            else:
                stream.sendall(_REPLIES[self._behaviour])

    def _secured(self, stream: socket.socket) -> socket.socket:
        if self._tls is None:
            return stream
        stream.settimeout(READ_SECONDS)
        return self._tls.wrap_socket(stream, server_side=True)

    def _has_read_head(self, stream: socket.socket) -> bool:
        data = b""
        while b"\r\n\r\n" not in data and len(data) < HEAD_LIMIT_BYTES:
            if self._stop.is_set():
                return False
            with contextlib.suppress(TimeoutError):
                more = stream.recv(8192)
                if not more:
                    return False
                data += more
        return True
