"""TLS for asyncio that completes the handshake with a client certificate that does not chain.

API Gateway answers such a client 403 over HTTP, and refuses the handshake only of one that shows
no certificate at all. The standard library drops both, so this is pyOpenSSL over memory BIOs:
:class:`TlsTransport` is the protocol of the TCP transport below it and the transport of the HTTP
protocol above it.

What must hold, and has a test each:

- every handshake verifies the chain anew: neither tickets nor a session cache, for a resumed
  session never runs the verify callback and a client refused once would come back accepted;
- the first verification error is reported: OpenSSL forgets it once the callback says "go on";
- the security level is pinned, or weak signatures and keys pass unseen;
- a name nobody serves gets ``unrecognized_name``: a listener has no default certificate.

Sources: RFC 5246, RFC 6066 section 3, RFC 8446; SSL_CTX_set_verify(3),
SSL_CTX_set_tlsext_servername_callback(3).
"""

import asyncio
import contextlib
import enum
import logging
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from cryptography import x509
from OpenSSL import SSL, crypto

from portcullis.errors import MisuseError
from portcullis.gateway.exchange import TlsPeer, VerifyFailure
from portcullis.gateway.resources.specs import DomainSpec

HANDSHAKE_TIMEOUT_SECONDS = 10.0
# How long a closed connection is still read, so that the last answer is not lost to a TCP reset
# because the client had more to say.
LINGER_SECONDS = 2.0
# How long a client may take to fetch an answer that was written before the connection was closed.
LAST_WRITE_SECONDS = 60.0

# Forward secrecy and authenticated encryption only; level 2 refuses RSA below 2048 bits and SHA-1.
_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2"
# "Certificates can have a maximum chain length of four" (API Gateway Developer Guide, mutual TLS):
# the certificate authorities, root included. OpenSSL counts those between leaf and trust anchor.
_INTERMEDIATES_LIMIT = 3
_VERSIONS = {"TLSv1.2": SSL.TLS1_2_VERSION, "TLSv1.3": SSL.TLS1_3_VERSION}
_REQUIRED = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
_OPTIONS = (
    SSL.OP_NO_TICKET
    | SSL.OP_NO_RENEGOTIATION
    | SSL.OP_NO_COMPRESSION
    | SSL.OP_CIPHER_SERVER_PREFERENCE
)
_RECORD_BYTES = 16384  # the most a TLS record holds, RFC 8446 section 5.1
_FLUSH_BYTES = 65536
_SLICE_BYTES = 262144  # of a large write: bounds the copies held at a time
_ALERT_PROTOCOL_VERSION = 70
_ALERT_UNRECOGNIZED_NAME = 112
_VERIFY_MESSAGES = {  # openssl-verification-options(1), the ones an operator meets
    2: "unable to get issuer certificate",
    7: "certificate signature failure",
    9: "certificate is not yet valid",
    10: "certificate has expired",
    18: "self-signed certificate",
    19: "self-signed certificate in certificate chain",
    20: "unable to get local issuer certificate",
    21: "unable to verify the first certificate",
    22: "certificate chain too long",
    25: "path length constraint exceeded",
    26: "unsuitable certificate purpose",
    66: "EE certificate key too weak",
    67: "CA certificate key too weak",
    68: "CA signature digest algorithm too weak",
    79: "invalid CA certificate",
}

log = logging.getLogger(__name__)


class TlsSetupError(MisuseError):
    """A listener that cannot be built as asked; nothing listens."""


class _NoCommonProtocolError(Exception):
    """The client offered application protocols, and HTTP/1.1 is not among them."""


@dataclass(frozen=True, slots=True)
class _Domain:
    name: str
    context: SSL.Context
    asks_for_certificate: bool
    minimum_version: int


class TlsAcceptor:
    """The domains of one listener; each has a context of its own, chosen by the server name.

    The context a connection starts with has no certificate and demands one of the client: whatever
    the server name callback fails to do, the handshake cannot end well and nothing is relaxed.

    Raises:
        TlsSetupError: no domain, a wildcard, a missing or mismatched server certificate, a
            truststore without certificates, an unknown minimum version.
    """

    def __init__(
        self,
        domains: Sequence[DomainSpec],
        server_certificates: Mapping[str, tuple[Path, Path]],
    ) -> None:
        if not domains:
            raise TlsSetupError(
                "A TLS listener was asked for without any domain: declare a custom domain."
            )
        self._domains = {
            spec.domain_name.lower(): _domain(spec, server_certificates) for spec in domains
        }
        if len(self._domains) != len(domains):
            raise TlsSetupError(
                "Two custom domains have the same name: "
                + ", ".join(sorted(spec.domain_name for spec in domains))
            )
        self._context = _context(min(d.minimum_version for d in self._domains.values()))
        self._context.set_verify(_REQUIRED, _note_certificate)
        self._context.set_tlsext_servername_callback(self._choose_domain)

    def new_connection(self, owner: "TlsTransport") -> SSL.Connection:
        connection = SSL.Connection(self._context, None)
        connection.set_app_data(owner)
        connection.set_accept_state()
        return connection

    def _choose_domain(self, connection: SSL.Connection) -> None:
        # OpenSSL calls this for every ClientHello, with or without a server name in it.
        owner: TlsTransport = connection.get_app_data()
        name = (connection.get_servername() or b"").decode("ascii", "replace").lower()
        domain = self._domains.get(name)
        if domain is None:
            owner.refuse(
                _ALERT_UNRECOGNIZED_NAME,
                f"no custom domain named {name!r}" if name else "no server name in the handshake",
            )
            return
        if connection.get_protocol_version() < domain.minimum_version:
            owner.refuse(_ALERT_PROTOCOL_VERSION, f"TLS version too low for {domain.name}")
            return
        # Brings the server certificate, the truststore, the names of its issuers and ALPN. Verify
        # mode, options and chain limit stay those the connection began with: strict; relax here.
        connection.set_context(domain.context)
        if not domain.asks_for_certificate:
            connection.set_verify(SSL.VERIFY_NONE)
        owner.domain = domain


def _context(minimum_version: int) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(minimum_version)
    context.set_cipher_list(_CIPHERS)
    context.set_options(_OPTIONS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # Never used to resume; without one OpenSSL fails, instead of ignoring, a client that tries.
    context.set_session_id(b"portcullis")
    context.set_verify_depth(_INTERMEDIATES_LIMIT)
    context.set_alpn_select_callback(_choose_protocol)
    return context


def _domain(spec: DomainSpec, server_certificates: Mapping[str, tuple[Path, Path]]) -> _Domain:
    name = spec.domain_name
    if "*" in name:
        raise TlsSetupError(
            f"Custom domain {name!r}: wildcard domains are not emulated; name the host."
        )
    if spec.minimum_tls_version not in _VERSIONS:
        raise TlsSetupError(
            f"Custom domain {name!r}: minimum TLS version {spec.minimum_tls_version!r} is not "
            f"one of {', '.join(_VERSIONS)}."
        )
    if name not in server_certificates:
        raise TlsSetupError(
            f"Custom domain {name!r} has no server certificate. Run: portcullis certs init"
        )
    context = _context(_VERSIONS[spec.minimum_tls_version])
    chain, key = server_certificates[name]
    try:
        context.use_certificate_chain_file(str(chain))
        context.use_privatekey_file(str(key))
        context.check_privatekey()
    except SSL.Error as error:
        raise TlsSetupError(
            f"Custom domain {name!r}: {chain} and {key} are not a certificate chain and its "
            f"private key ({_reason(error)}). Run: portcullis certs init"
        ) from error
    if spec.truststore_pem is not None:
        _trust(context, name, spec.truststore_pem)
        context.set_verify(_REQUIRED, _note_certificate)
    return _Domain(
        name=name.lower(),
        context=context,
        asks_for_certificate=spec.truststore_pem is not None,
        minimum_version=_VERSIONS[spec.minimum_tls_version],
    )


def _trust(context: SSL.Context, name: str, truststore_pem: bytes) -> None:
    try:
        certificates = x509.load_pem_x509_certificates(truststore_pem)
    except ValueError as error:
        raise TlsSetupError(
            f"Custom domain {name!r}: the truststore is not a PEM bundle of certificates ({error})."
        ) from error
    store = context.get_cert_store()
    if store is None or not certificates:
        raise TlsSetupError(f"Custom domain {name!r}: the truststore holds no certificate.")
    for certificate in certificates:
        store.add_cert(crypto.X509.from_cryptography(certificate))
        context.add_client_ca(certificate)


def _note_certificate(
    connection: SSL.Connection, _certificate: crypto.X509, error: int, depth: int, ok: int
) -> bool:
    owner: TlsTransport = connection.get_app_data()
    owner.note_verification(error=error if not ok else 0, depth=depth)
    return True  # the handshake goes on; the first gate answers 403


def _choose_protocol(_connection: SSL.Connection, offered: list[bytes]) -> bytes:
    if b"http/1.1" in offered:
        return b"http/1.1"
    raise _NoCommonProtocolError(b", ".join(offered).decode("ascii", "replace"))


def _reason(error: BaseException) -> str:
    """The words OpenSSL found: its errors are tuples of library, function and reason."""
    if isinstance(error, SSL.Error) and error.args and isinstance(error.args[0], list):
        return "; ".join(str(entry[-1]) for entry in error.args[0]) or "unspecified error"
    return str(error) or type(error).__name__


def _verify_message(code: int) -> str:
    if code in _VERIFY_MESSAGES:
        return _VERIFY_MESSAGES[code]
    names = vars(SSL.X509VerificationCodes)
    name = next((n for n, v in names.items() if n.startswith("ERR_") and v == code), None)
    return name.removeprefix("ERR_").replace("_", " ").lower() if name else f"X509_V_ERR {code}"


class _State(enum.Enum):
    HANDSHAKE = enum.auto()
    OPEN = enum.auto()
    CLOSING = enum.auto()  # close_notify or an alert is sent; what still arrives is thrown away
    CLOSED = enum.auto()


class ConnectionWatcher(Protocol):
    """The listener's view of its connections."""

    def admit(self, transport: "TlsTransport") -> bool:
        """False when the listener is full: the connection is dropped at once."""

    def forget(self, transport: "TlsTransport") -> None:
        """The TCP connection is gone."""

    def handshake_refused(self, source_ip: str, server_name: str | None, reason: str) -> None:
        """A handshake that did not end well; the words are OpenSSL's or ours."""


class TlsTransport(asyncio.Transport, asyncio.Protocol):
    """One server-side connection. ``get_extra_info("tls_peer")`` is what the handshake established.

    A peer that ends its sending half (close_notify or FIN) may still be answered, if the protocol's
    ``eof_received`` returns True.
    """

    def __init__(
        self,
        acceptor: TlsAcceptor,
        protocol_factory: Callable[[], asyncio.Protocol],
        watcher: ConnectionWatcher,
        handshake_timeout_seconds: float = HANDSHAKE_TIMEOUT_SECONDS,
    ) -> None:
        super().__init__()
        self.domain: _Domain | None = None
        self._acceptor = acceptor  # holds the contexts, whose callbacks OpenSSL only points at
        self._factory = protocol_factory
        self._watcher = watcher
        self._handshake_timeout = handshake_timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._connection = acceptor.new_connection(self)
        self._state = _State.HANDSHAKE
        self._raw: asyncio.Transport | None = None
        self._protocol: asyncio.Protocol | None = None
        self._peer: TlsPeer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._refusal: tuple[int, str] | None = None
        self._verification_ran = False
        self._verify_failure: VerifyFailure | None = None
        self._reading_paused = False  # by the protocol above
        self._writing_paused = False  # by the transport below
        self._input_ended = False  # close_notify, or the end of the TCP stream
        self._tcp_ended = False

    # What the contexts' callbacks tell during the handshake.

    def refuse(self, alert: int, reason: str) -> None:
        self._refusal = (alert, reason)

    def note_verification(self, *, error: int, depth: int) -> None:
        self._verification_ran = True
        if error and self._verify_failure is None:
            self._verify_failure = VerifyFailure(
                code=error, depth=depth, message=_verify_message(error)
            )

    # asyncio.Protocol: what the TCP transport tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._raw = raw = cast(asyncio.Transport, transport)
        if not self._watcher.admit(self):
            self._state = _State.CLOSING
            raw.abort()
            return
        tcp = raw.get_extra_info("socket")
        if tcp is not None:  # plain asyncio leaves Nagle on for sockets it was handed: 40 ms stalls
            with contextlib.suppress(OSError):
                tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._timer = self._loop.call_later(self._handshake_timeout, self._handshake_timed_out)

    def data_received(self, data: bytes) -> None:
        if self._state in (_State.HANDSHAKE, _State.OPEN):
            self._connection.bio_write(data)
            self._advance()

    def eof_received(self) -> bool:
        self._tcp_ended = True
        if self._state is _State.OPEN:
            self._advance()  # what is decrypted comes before the end
        if self._state is not _State.OPEN and self._raw is not None:
            self._raw.close()
        return True  # stay writable: the answer may be on its way

    def connection_lost(self, exc: Exception | None) -> None:
        if self._state is _State.HANDSHAKE and self._raw is not None:
            self._report_refusal("the client went away during the handshake")
        self._state = _State.CLOSED
        self._cancel_timer()
        self._watcher.forget(self)
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        self._writing_paused = True
        # Nor is more read meanwhile: a client that only sends cannot make answers pile up.
        self._match_reading()
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._writing_paused = False
        self._match_reading()
        if self._protocol is not None:
            self._protocol.resume_writing()

    # The state machine between the two.

    def _advance(self) -> None:
        try:
            if self._state is _State.HANDSHAKE:
                self._shake_hands()
            while self._state is _State.OPEN and not self._reading_paused:
                data = self._connection.recv(_RECORD_BYTES)
                if self._protocol is not None:
                    self._protocol.data_received(data)
        except SSL.WantReadError:
            self._flush()
            if self._tcp_ended:
                self._end_input()
        except SSL.ZeroReturnError:
            self._end_input()
        except (SSL.Error, _NoCommonProtocolError) as error:
            if self._state is _State.HANDSHAKE:
                self._report_refusal(_reason(error))
            else:
                log.info("connection broken by the client: %s", _reason(error))
            self._flush()  # the alert
            self._close_below()
        except Exception:
            log.exception("unexpected error in a connection")
            self.abort()

    def _shake_hands(self) -> None:
        try:
            self._connection.do_handshake()
        finally:
            if self._refusal is not None:
                self._send_refusal(*self._refusal)
        if self._refusal is not None:
            return
        self._cancel_timer()
        self._flush()
        peer = self._described_peer()
        if peer is None:  # should be impossible; then nothing may depend on it
            log.error("a handshake ended without a verified chain: connection dropped")
            self.abort()
            return
        self._peer = peer
        self._state = _State.OPEN
        self._protocol = self._factory()
        self._protocol.connection_made(self)
        if self._writing_paused:
            self._protocol.pause_writing()

    def _described_peer(self) -> TlsPeer | None:
        if self.domain is None:
            return None
        pem = None
        if self.domain.asks_for_certificate:
            certificate = self._connection.get_peer_certificate()
            if certificate is None or not self._verification_ran:
                return None
            # OpenSSL's own encoder: a certificate too odd for a stricter parser is still reported.
            pem = crypto.dump_certificate(crypto.FILETYPE_PEM, certificate).decode("ascii")
        return TlsPeer(
            version=self._connection.get_protocol_version_name(),
            cipher=self._connection.get_cipher_name() or "",
            server_name=self.domain.name,
            client_certificate_pem=pem,
            verify_failure=self._verify_failure,
        )

    def _send_refusal(self, alert: int, reason: str) -> None:
        """Answer the ClientHello with an alert of our own; what OpenSSL prepared is thrown away."""
        self._report_refusal(reason)
        with contextlib.suppress(SSL.Error):
            while self._connection.bio_read(_FLUSH_BYTES):
                pass
        if self._raw is not None:
            # TLSPlaintext: alert, legacy version 1.2, two bytes: fatal, the alert (RFC 8446 5.1, 6)
            self._raw.write(bytes((21, 3, 3, 0, 2, 2, alert)))
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
        """Half-close, then read the client's rest into the void for a moment, then close."""
        raw = self._raw
        self._state = _State.CLOSING
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
        if raw is None or self._state is _State.CLOSED:
            return
        if raw.get_write_buffer_size() == 0:
            raw.close()
            self._timer = None
        elif self._loop.time() < deadline:  # a slow reader is still fetching the answer
            self._timer = self._loop.call_later(LINGER_SECONDS, self._linger, deadline)
        else:
            raw.abort()

    def _match_reading(self) -> None:
        raw = self._raw
        if raw is None or raw.is_closing():
            return
        paused = self._reading_paused or self._writing_paused
        if paused and self._state is not _State.CLOSING:
            raw.pause_reading()
        else:
            raw.resume_reading()

    def _handshake_timed_out(self) -> None:
        self._report_refusal(f"handshake not finished within {self._handshake_timeout:g} seconds")
        self.abort()

    def _report_refusal(self, reason: str) -> None:
        self._state = _State.CLOSING  # once
        peername = self.get_extra_info("peername")
        name = None
        with contextlib.suppress(SSL.Error, UnicodeDecodeError):
            name = (self._connection.get_servername() or b"").decode("ascii") or None
        self._watcher.handshake_refused(peername[0] if peername else "", name, reason)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # asyncio.Transport: what the HTTP protocol asks.

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "tls_peer":
            return self._peer
        if name in ("sslcontext", "ssl_object"):  # how protocols ask whether this is TLS
            return self._connection
        return self._raw.get_extra_info(name, default) if self._raw is not None else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._state is not _State.OPEN or not data:
            return
        try:
            view = memoryview(data)
            for start in range(0, len(view), _SLICE_BYTES):
                # `send` may take only a part.
                self._connection.sendall(view[start : start + _SLICE_BYTES])
                self._flush()
        except SSL.Error as error:
            log.info("connection broken while writing: %s", _reason(error))
            self.abort()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        if self._state is _State.OPEN:
            with contextlib.suppress(SSL.Error):
                self._connection.shutdown()  # close_notify
            self._flush()
            self._close_below()
        elif self._state is _State.HANDSHAKE:
            self.abort()

    def abort(self) -> None:
        if self._state is not _State.CLOSED:
            self._state = _State.CLOSING
            if self._raw is not None:
                self._raw.abort()

    def is_closing(self) -> bool:
        return self._state in (_State.CLOSING, _State.CLOSED)

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
        return not self._reading_paused and self._state is _State.OPEN

    def pause_reading(self) -> None:
        self._reading_paused = True
        self._match_reading()

    def resume_reading(self) -> None:
        if self._reading_paused:
            self._reading_paused = False
            self._match_reading()
            # What was decrypted before the pause is not announced again by the socket.
            self._loop.call_soon(self._resume)

    def _resume(self) -> None:
        if self._state is _State.OPEN:
            self._advance()
