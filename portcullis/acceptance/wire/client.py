"""HTTPS as an attacker speaks it: chosen source address, TLS version, certificate and bytes.

Nothing is tidied up on the way out, and every way in which a call can end is told apart: an answer,
a refusal before any answer, silence, and nobody there. Only the standard library, so that no HTTP
client's manners stand between a case and the gateway.
"""

import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from portcullis.acceptance.wire.client_hello import alert_text, client_hello

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
QUIET_SECONDS = 1.0  # how long a connection must stay silent before nothing more will come
MAX_ANSWER_BYTES = 1024 * 1024
SEND_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer. ``further`` counts what was answered after it on the connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    further: int = 0

    def header(self, name: str) -> str | None:
        """The value of a header that occurs once; None if it is missing or occurs more often."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[0] if len(values) == 1 else None


class Moment(StrEnum):
    """When a connection was refused."""

    HANDSHAKE = "handshake"
    REQUEST = "request"  # the connection ended, or an alert came, before any answer


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The other side ended the connection without an HTTP answer."""

    moment: Moment
    words: str


@dataclass(frozen=True, kw_only=True)
class Silent:
    """No answer within the time that the call allows."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Unreachable:
    """Nobody listens, or the server's own certificate is not the expected one: proves nothing."""

    words: str


@dataclass(frozen=True, kw_only=True)
class Malformed:
    """Bytes came that are no HTTP answer."""

    words: str


Outcome = Answer | Refused | Silent | Unreachable | Malformed


class TlsVersion(StrEnum):
    ANY = "TLS"
    V1_2 = "TLS 1.2"
    V1_3 = "TLS 1.3"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Where to connect and whom to expect there."""

    host: str  # what SNI and the server certificate say
    port: int
    address: str  # what is connected to
    truststore: Path | None = None
    is_tls: bool = True

    @property
    def authority(self) -> str:
        """The Host header a browser would send."""
        return self.host if self.port in (443, 80) else f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Presented:
    """A client certificate with its chain, and its key, in files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How to connect."""

    peer: Peer
    presented: Presented | None = None
    source: str | None = None
    version: TlsVersion = TlsVersion.ANY
    session: ssl.SSLSession | None = None
    seconds: float = ANSWER_SECONDS


@dataclass(kw_only=True)
class Exchanged:
    """What came back, and the TLS session for a later call to resume."""

    outcome: Outcome
    session: ssl.SSLSession | None = None
    resumed: bool = False


def request_bytes(
    method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes = b""
) -> bytes:
    """A request exactly as given: no header is added, joined, sorted or corrected."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Wire:
    """Opens connections. It keeps TLS contexts, because a session resumes only in its own."""

    def __init__(self) -> None:
        self._contexts: dict[tuple[Peer, Presented | None, TlsVersion], ssl.SSLContext] = {}

    def call(
        self, connection: Connection, request: bytes, *, counts_answers: bool = False
    ) -> Exchanged:
        """Send one request on a connection of its own; whatever comes of it is an outcome."""
        deadline = time.monotonic() + connection.seconds
        try:
            raw = _connect(connection)
        except OSError as error:
            return Exchanged(outcome=Unreachable(words=_words(error)))
        with raw:
            raw.settimeout(connection.seconds)
            if not connection.peer.is_tls:
                return Exchanged(
                    outcome=_ask(raw, request, deadline, counts_answers=counts_answers)
                )
            wrapped = self._handshake(raw, connection)
            if not isinstance(wrapped, ssl.SSLSocket):
                return Exchanged(outcome=wrapped)
            with wrapped:
                outcome = _ask(wrapped, request, deadline, counts_answers=counts_answers)
                return Exchanged(
                    outcome=outcome, session=wrapped.session, resumed=bool(wrapped.session_reused)
                )

    def call_many(self, connection: Connection, request: bytes, limit: int) -> Iterable[Outcome]:
        """The same request again and again, on one connection while the other side keeps it.

        Ends after ``limit`` outcomes, or after the first that is no answer.
        """
        left = limit
        while left > 0:
            is_first = True
            for outcome in self._keep_asking(connection, request, left):
                if isinstance(outcome, Refused) and not is_first:
                    break  # the connection was closed after an answer: open the next one
                yield outcome
                left -= 1
                is_first = False
                if not isinstance(outcome, Answer):
                    return

    def _keep_asking(self, connection: Connection, request: bytes, limit: int) -> Iterable[Outcome]:
        try:
            raw = _connect(connection)
        except OSError as error:
            yield Unreachable(words=_words(error))
            return
        with raw:
            raw.settimeout(connection.seconds)
            wrapped = self._handshake(raw, connection) if connection.peer.is_tls else raw
            if not isinstance(wrapped, socket.socket):
                yield wrapped
                return
            with wrapped:
                for _ in range(limit):
                    yield _ask(wrapped, request, time.monotonic() + connection.seconds)

    def speak_plainly(self, connection: Connection, request: bytes) -> Outcome:
        """HTTP without TLS to a port that expects TLS."""
        try:
            raw = _connect(connection)
        except OSError as error:
            return Unreachable(words=_words(error))
        with raw:
            outcome = _ask(raw, request, time.monotonic() + connection.seconds)
        if isinstance(outcome, Malformed):
            return Refused(moment=Moment.HANDSHAKE, words="not HTTP: a TLS alert, most likely")
        return outcome

    def offer_tls_1_1(self, connection: Connection) -> Outcome:
        """A TLS 1.1 ClientHello, built by hand because a current OpenSSL may refuse to send one.

        Answer is never returned: an accepted hello is Malformed, which no case expects.
        """
        try:
            raw = _connect(connection)
        except OSError as error:
            return Unreachable(words=_words(error))
        with raw:
            raw.settimeout(connection.seconds)
            try:
                raw.sendall(client_hello(connection.peer.host))
                reply = raw.recv(4096)
            except TimeoutError:
                return Silent(seconds=connection.seconds)
            except OSError as error:
                return Refused(moment=Moment.HANDSHAKE, words=_words(error))
        if not reply:
            return Refused(moment=Moment.HANDSHAKE, words="connection closed")
        alert = alert_text(reply)
        if alert is None:
            return Malformed(words="the server went on with TLS 1.1")
        return Refused(moment=Moment.HANDSHAKE, words=f"alert {alert}")

    def _handshake(self, raw: socket.socket, connection: Connection) -> ssl.SSLSocket | Outcome:
        key = (connection.peer, connection.presented, connection.version)
        if key not in self._contexts:
            self._contexts[key] = tls_context(*key)
        try:
            return self._contexts[key].wrap_socket(
                raw, server_hostname=connection.peer.host, session=connection.session
            )
        except ssl.SSLCertVerificationError as error:
            return Unreachable(words=f"server certificate: {error.verify_message}")
        except TimeoutError:
            return Silent(seconds=connection.seconds)
        except OSError as error:
            return Refused(moment=Moment.HANDSHAKE, words=_words(error))


def _connect(connection: Connection) -> socket.socket:
    source = (connection.source, 0) if connection.source else None
    raw = socket.create_connection(
        (connection.peer.address, connection.peer.port), CONNECT_SECONDS, source_address=source
    )
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return raw


def tls_context(peer: Peer, presented: Presented | None, version: TlsVersion) -> ssl.SSLContext:
    """Trusts the peer's issuer only; presents whatever certificate it is told to, good or bad."""
    context = ssl.create_default_context(cafile=str(peer.truststore) if peer.truststore else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if version is TlsVersion.V1_2:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    elif version is TlsVersion.V1_3:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    if presented is not None:
        # Our own OpenSSL would not even offer a certificate with a weak key or signature.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(presented.certificate, presented.key)
    return context


def _ask(
    stream: socket.socket, request: bytes, deadline: float, *, counts_answers: bool = False
) -> Outcome:
    reader = _Reader(stream, deadline)
    try:
        _send(stream, request, deadline)
    except TimeoutError:
        return Silent(seconds=ANSWER_SECONDS)
    except OSError:
        pass  # refused while we were still sending: the answer may be there already
    outcome = reader.answer()
    if counts_answers and isinstance(outcome, Answer):
        return Answer(
            status=outcome.status,
            headers=outcome.headers,
            body=outcome.body,
            further=reader.further_answers(),
        )
    return outcome


def _send(stream: socket.socket, request: bytes, deadline: float) -> None:
    view = memoryview(request)
    while view:
        stream.settimeout(max(0.001, deadline - time.monotonic()))
        # send, not sendall: a server that answers early stops reading, and that is no error here.
        view = view[stream.send(view[:SEND_CHUNK_BYTES]) :]


@dataclass(kw_only=True)
class _Head:
    status: int
    headers: tuple[tuple[str, str], ...] = field(default=())

    def header(self, name: str) -> str | None:
        return next((v for k, v in self.headers if k.lower() == name), None)


class _NotHttpError(Exception):
    pass


class _Reader:
    """Reads answers from a stream within a deadline and a size."""

    def __init__(self, stream: socket.socket, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline
        self._buffer = b""
        self._received = 0
        self._ended: str | None = None

    def answer(self) -> Outcome:
        started = time.monotonic()
        try:
            head = self._head()
            while head is not None and head.status < 200:  # noqa: PLR2004 - interim answers
                head = self._head()
            if head is None:
                return Refused(moment=Moment.REQUEST, words=self._ended or "connection closed")
            return Answer(status=head.status, headers=head.headers, body=self._body(head))
        except TimeoutError:
            return Silent(seconds=round(time.monotonic() - started, 1))
        except _NotHttpError as error:
            return Malformed(words=str(error))

    def further_answers(self) -> int:
        """How many answers follow until the connection ends or stays quiet."""
        count = 0
        while True:
            self._deadline = time.monotonic() + QUIET_SECONDS
            try:
                head = self._head()
                if head is None:
                    return count
                count += 1
                self._body(head)
            except TimeoutError:
                return count + bool(self._buffer)
            except _NotHttpError:
                return count + 1

    def _head(self) -> _Head | None:
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                if self._buffer:
                    raise _NotHttpError(f"{len(self._buffer)} bytes that are no HTTP answer")
                return None
            if not b"HTTP/".startswith(self._buffer[:5]):
                raise _NotHttpError("bytes that are no HTTP answer")
        text, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = text.decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        if len(words) < 2 or not words[1].isdigit() or len(words[1]) != 3:  # noqa: PLR2004
            raise _NotHttpError("a status line that is none")
        pairs = (line.partition(":") for line in lines)
        return _Head(status=int(words[1]), headers=tuple((n, v.strip()) for n, _, v in pairs))

    def _body(self, head: _Head) -> bytes:
        if head.status in (204, 304):
            return b""
        if (head.header("transfer-encoding") or "").lower() == "chunked":
            return self._chunks()
        length = head.header("content-length")
        if length is None:
            while self._more():
                pass
            body, self._buffer = self._buffer, b""
            return body
        if not length.isdigit():
            raise _NotHttpError("a content length that is no number")
        return self._exactly(int(length))

    def _chunks(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self._buffer:
                self._need_more()
            size, _, self._buffer = self._buffer.partition(b"\r\n")
            try:
                length = int(size.split(b";")[0], 16)
            except ValueError:
                raise _NotHttpError("a chunk size that is no number") from None
            body += self._exactly(length)
            self._exactly(2)
            if length == 0:
                return body

    def _exactly(self, length: int) -> bytes:
        while len(self._buffer) < length:
            self._need_more()
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return taken

    def _need_more(self) -> None:
        if not self._more():
            raise _NotHttpError("an answer that was cut short")

    def _more(self) -> bool:
        """Read on; False at the end of the connection, however it ended."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._stream.settimeout(left)
        try:
            data = self._stream.recv(65536)
        except TimeoutError:
            raise
        except OSError as error:
            self._ended = _words(error)
            return False
        self._received += len(data)
        if self._received > MAX_ANSWER_BYTES:
            raise _NotHttpError(f"more than {MAX_ANSWER_BYTES} bytes")
        self._buffer += data
        return bool(data)


def _words(error: OSError) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return (error.strerror or str(error)).lower()
