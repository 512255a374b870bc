"""A TLS server connection for asyncio, by pyOpenSSL over memory BIOs.

:class:`TlsTransport` is the protocol of the TCP transport below it and the transport of the HTTP
protocol above it. The standard library's TLS cannot complete the handshake with a client
certificate that does not chain; API Gateway does, and answers 403 over HTTP.
"""

import asyncio
import contextlib
import enum
import logging
import secrets
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol, cast

from OpenSSL import SSL, crypto

from portcullis.gateway.edge.handshake import HandshakeRecord, HandshakeRefusal
from portcullis.gateway.edge.openssl_errors import error_text
from portcullis.gateway.edge.tls_contexts import NoCommonProtocolError, TlsAcceptor
from portcullis.gateway.edge.tls_records import RecordBoundaries
from portcullis.gateway.exchange import TlsPeer

HANDSHAKE_TIMEOUT_SECONDS = 10.0
# A closed connection is read for this long, so that a TCP reset does not discard the last answer
# while the client is still sending.
LINGER_SECONDS = 2.0
# A client has this long to read an answer that was written before the connection was closed.
LAST_WRITE_SECONDS = 60.0

_RECORD_BYTES = 16384  # the most a TLS record holds, RFC 8446 section 5.1
_FLUSH_BYTES = 65536
_SLICE_BYTES = 262144  # of a large write: limits the copies held at a time

log = logging.getLogger(__name__)


class _State(enum.Enum):
    HANDSHAKE = enum.auto()
    OPEN = enum.auto()
    CLOSING = enum.auto()  # close_notify or an alert is sent; what still arrives is discarded
    CLOSED = enum.auto()


_HANDSHAKE, _OPEN, _CLOSING, _CLOSED = _State  # Python 3.11 calls a function for _State.OPEN


class ConnectionWatcher(Protocol):
    """The listener, as its connections see it."""

    def admit(self, transport: "TlsTransport") -> bool:
        """False when the listener is full: the connection is dropped at once."""

    def forget(self, transport: "TlsTransport") -> None:
        """The TCP connection is gone."""

    def handshake_refused(
        self, connection_id: str, source_ip: str, server_name: str | None, reason: str
    ) -> None:
        """A handshake failed; ``reason`` is OpenSSL's text or ours."""


class PeerHolder(Protocol):
    """The HTTP protocol, as its connection sees it."""

    tls_peer: TlsPeer | None


class TlsTransport(asyncio.Transport, asyncio.Protocol):
    """One server-side connection; ``get_extra_info("tls_peer")`` returns its :class:`TlsPeer`.

    A client that ends its sending half (close_notify or FIN) still gets its answer if the
    protocol's ``eof_received`` returns True.
    """

    def __init__(
        self,
        acceptor: TlsAcceptor,
        protocol_factory: Callable[[], asyncio.Protocol],
        watcher: ConnectionWatcher,
        handshake_timeout_seconds: float = HANDSHAKE_TIMEOUT_SECONDS,
    ) -> None:
        super().__init__()
        self._connection_id = secrets.token_hex(6)
        self._began = time.perf_counter()
        self._record = HandshakeRecord()
        self._boundaries = RecordBoundaries()
        self._acceptor = acceptor  # keeps the contexts and their callbacks alive
        self._later_acceptor: TlsAcceptor | None = None
        self._factory = protocol_factory
        self._watcher = watcher
        self._handshake_timeout = handshake_timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._connection = acceptor.new_connection(self._record)
        self._state = _HANDSHAKE
        self._raw: asyncio.Transport | None = None
        self._protocol: asyncio.Protocol | None = None
        self._peer: TlsPeer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reading_paused = False  # by the protocol above
        self._writing_paused = False  # by the transport below
        self._input_ended = False  # close_notify, or the end of the TCP stream
        self._tcp_ended = False

    def hold_to(self, acceptor: TlsAcceptor) -> None:
        """Hold the client certificate to a later truststore; the connection stays open."""
        self._later_acceptor = acceptor
        if self._peer is not None and self._protocol is not None:
            self._peer = self._verified_again(self._peer)
            # The HTTP protocol keeps the peer of its connection.
            cast(PeerHolder, self._protocol).tls_peer = self._peer

    def _verified_again(self, peer: TlsPeer) -> TlsPeer:
        """A connection that was refused stays so: its client connects again."""
        certificate = self._connection.get_peer_certificate()
        if self._later_acceptor is None or peer.verify_failure is not None or certificate is None:
            return peer
        failure = self._later_acceptor.verify(
            peer.server_name or "", certificate, self._connection.get_peer_cert_chain() or []
        )
        return replace(peer, verify_failure=failure)

    # asyncio.Protocol, called by the TCP transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._raw = raw = cast(asyncio.Transport, transport)
        if not self._watcher.admit(self):
            self._state = _CLOSING
            raw.abort()
            return
        tcp = raw.get_extra_info("socket")
        if tcp is not None:  # asyncio leaves Nagle on for sockets it was given: 40 ms stalls
            with contextlib.suppress(OSError):
                tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._timer = self._loop.call_later(self._handshake_timeout, self._handshake_timed_out)

    def data_received(self, data: bytes) -> None:
        if self._state in (_HANDSHAKE, _OPEN):
            is_one_record = self._boundaries.feed(data)
            self._connection.bio_write(data)
            self._advance(is_one_record=is_one_record)

    def eof_received(self) -> bool:
        self._tcp_ended = True
        if self._state is _OPEN:
            self._advance()  # deliver what is decrypted before the end
        if self._state is not _OPEN and self._raw is not None:
            self._raw.close()
        return True  # stay writable: the answer may be on its way

    def connection_lost(self, exc: Exception | None) -> None:
        if self._state is _HANDSHAKE and self._raw is not None:
            self._report_refusal("the client closed the connection during the handshake")
        self._state = _CLOSED
        self._cancel_timer()
        self._watcher.forget(self)
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        self._writing_paused = True
        # Stop reading too, so that a client that only sends cannot make answers accumulate.
        self._match_reading()
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._writing_paused = False
        self._match_reading()
        if self._protocol is not None:
            self._protocol.resume_writing()

    # The state machine between TCP below and HTTP above.

    def _advance(self, *, is_one_record: bool = False) -> None:
        try:
            if self._state is _HANDSHAKE:
                self._shake_hands()
            while self._state is _OPEN and not self._reading_paused:
                data = self._connection.recv(_RECORD_BYTES)
                if self._protocol is not None:
                    self._protocol.data_received(data)
                if is_one_record:  # the read took all of it: a second would raise WantReadError
                    return
        except SSL.WantReadError:
            self._flush()
            if self._tcp_ended:
                self._end_input()
        except SSL.ZeroReturnError:
            self._end_input()
        except (SSL.Error, NoCommonProtocolError) as error:
            if self._state is _HANDSHAKE:
                self._report_refusal(error_text(error))
            else:
                log.info("connection broken by the client: %s", error_text(error))
            self._flush()  # the alert
            self._close_below()
        except Exception:
            log.exception("unexpected error in a connection")
            self.abort()

    def _shake_hands(self) -> None:
        try:
            self._connection.do_handshake()
        finally:
            if self._record.refusal is not None:
                self._send_refusal(self._record.refusal)
        if self._record.refusal is not None:
            return
        self._cancel_timer()
        self._flush()
        peer = self._described_peer()
        if peer is None:  # OpenSSL never ends a handshake like this; if it does, fail closed
            log.error("a handshake ended without a verified chain: connection dropped")
            self.abort()
            return
        self._peer = self._verified_again(peer)
        self._state = _OPEN
        self._protocol = self._factory()
        self._protocol.connection_made(self)
        if self._writing_paused:
            self._protocol.pause_writing()

    def _described_peer(self) -> TlsPeer | None:
        record = self._record
        if record.domain_name is None:
            return None
        pem = None
        if record.asks_for_certificate:
            certificate = self._connection.get_peer_certificate()
            if certificate is None or not record.has_verified:
                return None
            # OpenSSL's encoder: a certificate that a stricter parser refuses is still reported.
            pem = crypto.dump_certificate(crypto.FILETYPE_PEM, certificate).decode("ascii")
        return TlsPeer(
            connection_id=self._connection_id,
            handshake_ms=(time.perf_counter() - self._began) * 1000,
            version=self._connection.get_protocol_version_name(),
            cipher=self._connection.get_cipher_name() or "",
            server_name=record.domain_name,
            client_certificate_pem=pem,
            verify_failure=record.verify_failure,
        )

    def _send_refusal(self, refusal: HandshakeRefusal) -> None:
        """Answer the ClientHello with our own alert and discard what OpenSSL prepared."""
        self._report_refusal(refusal.reason)
        with contextlib.suppress(SSL.Error):
            while self._connection.bio_read(_FLUSH_BYTES):
                pass
        if self._raw is not None:
            # TLSPlaintext: alert, legacy version 1.2, two bytes: fatal, the alert (RFC 8446 5.1, 6)
            self._raw.write(bytes((21, 3, 3, 0, 2, 2, refusal.alert)))
        self._close_below()

    def _flush(self) -> None:
        raw = self._raw
        if raw is None:
            return
        try:
            while True:
                data = self._connection.bio_read(_FLUSH_BYTES)
                if not raw.is_closing():
                    raw.write(data)
                if len(data) < _FLUSH_BYTES:
                    return
        except SSL.WantReadError:
            pass

    def _end_input(self) -> None:
        if self._input_ended:
            return
        self._input_ended = True
        if self._protocol is None or not self._protocol.eof_received():
            self.close()

    def _close_below(self) -> None:
        """Half-close, discard what the client still sends for ``LINGER_SECONDS``, then close."""
        raw = self._raw
        self._state = _CLOSING
        self._cancel_timer()
        if raw is None or raw.is_closing():
            return
        if self._input_ended or not raw.can_write_eof():
            raw.close()
        else:
            with contextlib.suppress(OSError, RuntimeError):
                raw.write_eof()
            self._match_reading()
        deadline = self._loop.time() + LAST_WRITE_SECONDS
        self._timer = self._loop.call_later(LINGER_SECONDS, self._linger, deadline)

    def _linger(self, deadline: float) -> None:
        raw = self._raw
        if raw is None or self._state is _CLOSED:
            return
        if raw.get_write_buffer_size() == 0:
            raw.close()
            self._timer = None
        elif self._loop.time() < deadline:  # the client is still reading the answer
            self._timer = self._loop.call_later(LINGER_SECONDS, self._linger, deadline)
        else:
            raw.abort()

    def _match_reading(self) -> None:
        raw = self._raw
        if raw is None or raw.is_closing():
            return
        paused = self._reading_paused or self._writing_paused
        if paused and self._state is not _CLOSING:
            raw.pause_reading()
        else:
            raw.resume_reading()

    def _handshake_timed_out(self) -> None:
        self._report_refusal(f"handshake not finished within {self._handshake_timeout:g} seconds")
        self.abort()

    def _report_refusal(self, reason: str) -> None:
        self._state = _CLOSING  # once
        peername = self.get_extra_info("peername")
        name = None
        with contextlib.suppress(SSL.Error, UnicodeDecodeError):
            name = (self._connection.get_servername() or b"").decode("ascii") or None
        source_ip = peername[0] if peername else ""
        self._watcher.handshake_refused(self._connection_id, source_ip, name, reason)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # asyncio.Transport, called by the HTTP protocol.

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "tls_peer":
            return self._peer
        if name in ("sslcontext", "ssl_object"):  # how protocols ask whether this is TLS
            return self._connection
        return self._raw.get_extra_info(name, default) if self._raw is not None else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._state is not _OPEN or not data:
            return
        try:
            for start in range(0, len(data), _SLICE_BYTES):
                # `send` may write only a part.
                self._connection.sendall(data[start : start + _SLICE_BYTES])
                self._flush()
        except SSL.Error as error:
            log.info("connection broken while writing: %s", error_text(error))
            self.abort()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        if self._state is _OPEN:
            with contextlib.suppress(SSL.Error):
                self._connection.shutdown()  # close_notify
            self._flush()
            self._close_below()
        elif self._state is _HANDSHAKE:
            self.abort()

    def abort(self) -> None:
        if self._state is not _CLOSED:
            self._state = _CLOSING
            if self._raw is not None:
                self._raw.abort()

    def is_closing(self) -> bool:
        return self._state in (_CLOSING, _CLOSED)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = cast(asyncio.Protocol, protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol if self._protocol is not None else self

    def get_write_buffer_size(self) -> int:
        return self._raw.get_write_buffer_size() if self._raw is not None else 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._raw.get_write_buffer_limits() if self._raw is not None else (0, 0)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        if self._raw is not None:
            self._raw.set_write_buffer_limits(high, low)

    def is_reading(self) -> bool:
        return not self._reading_paused and self._state is _OPEN

    def pause_reading(self) -> None:
        self._reading_paused = True
        self._match_reading()

    def resume_reading(self) -> None:
        if self._reading_paused:
            self._reading_paused = False
            self._match_reading()
            # The socket does not signal again what was decrypted before the pause.
            self._loop.call_soon(self._resume)

    def _resume(self) -> None:
        if self._state is _OPEN:
            self._advance()
