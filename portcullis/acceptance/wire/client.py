"""An HTTPS client for attacks: chosen source address, TLS version, certificate and raw bytes.

Requests are sent as given, and every way in which a call can end is an outcome of its own. It uses
only the standard library, so that no HTTP client corrects a request before it is sent.
"""

import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from portcullis.acceptance.wire.answer_reader import AnswerReader
from portcullis.acceptance.wire.client_hello import alert_text, client_hello
from portcullis.acceptance.wire.connection import (
    ANSWER_SECONDS,
    Connection,
    Peer,
    Presented,
    TlsVersion,
    connect,
    tls_context,
    words_of,
)
from portcullis.acceptance.wire.outcome import (
    Answer,
    Malformed,
    Moment,
    Outcome,
    Refused,
    Silent,
    Unreachable,
)

SEND_CHUNK_BYTES = 256 * 1024


@dataclass(kw_only=True)
class Exchanged:
    """The outcome of one call, and the TLS session for a later call to resume."""

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
    """Opens connections. It keeps TLS contexts: a session resumes only in its own context."""

    def __init__(self) -> None:
        self._contexts: dict[tuple[Peer, Presented | None, TlsVersion], ssl.SSLContext] = {}

    def call(
        self, connection: Connection, request: bytes, *, counts_answers: bool = False
    ) -> Exchanged:
        """Send one request on a connection of its own. A network error is an outcome, too."""
        deadline = time.monotonic() + connection.seconds
        stream = self._opened(connection, is_tls=connection.peer.is_tls)
        if not isinstance(stream, socket.socket):
            return Exchanged(outcome=stream)
        with stream:
            outcome = _ask(stream, request, deadline, counts_answers=counts_answers)
            if not isinstance(stream, ssl.SSLSocket):
                return Exchanged(outcome=outcome)
            return Exchanged(
                outcome=outcome, session=stream.session, resumed=bool(stream.session_reused)
            )

    def call_many(self, connection: Connection, request: bytes, limit: int) -> Iterable[Outcome]:
        """The same request again and again, on one connection while the server keeps it open.

        Ends after ``limit`` outcomes, or after the first outcome that is not an Answer.
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
        stream = self._opened(connection, is_tls=connection.peer.is_tls)
        if not isinstance(stream, socket.socket):
            yield stream
            return
        with stream:
            for _ in range(limit):
                yield _ask(stream, request, time.monotonic() + connection.seconds)

    def speak_plainly(self, connection: Connection, request: bytes) -> Outcome:
        """HTTP without TLS to a port that expects TLS."""
        stream = self._opened(connection, is_tls=False)
        if not isinstance(stream, socket.socket):
            return stream
        with stream:
            outcome = _ask(stream, request, time.monotonic() + connection.seconds)
        if isinstance(outcome, Malformed):
            return Refused(moment=Moment.HANDSHAKE, words="not HTTP: a TLS alert, most likely")
        return outcome

    def offer_tls_1_1(self, connection: Connection) -> Outcome:
        """A TLS 1.1 ClientHello, built by hand because a current OpenSSL may refuse to send one.

        Answer is never returned: an accepted hello is Malformed, which no case expects.
        """
        stream = self._opened(connection, is_tls=False)
        if not isinstance(stream, socket.socket):
            return stream
        with stream:
            try:
                stream.sendall(client_hello(connection.peer.host))
                reply = stream.recv(4096)
            except TimeoutError:
                return Silent(seconds=connection.seconds)
            except OSError as error:
                return Refused(moment=Moment.HANDSHAKE, words=words_of(error))
        if not reply:
            return Refused(moment=Moment.HANDSHAKE, words="connection closed")
        alert = alert_text(reply)
        if alert is None:
            return Malformed(words="the server accepted TLS 1.1")
        return Refused(moment=Moment.HANDSHAKE, words=f"alert {alert}")

    def _opened(self, connection: Connection, *, is_tls: bool) -> socket.socket | Outcome:
        """A connection, after the handshake where it is TLS, or how that ended."""
        try:
            raw = connect(connection)
        except OSError as error:
            return Unreachable(words=words_of(error))
        raw.settimeout(connection.seconds)
        return self._handshake(raw, connection) if is_tls else raw

    def _handshake(self, raw: socket.socket, connection: Connection) -> ssl.SSLSocket | Outcome:
        key = (connection.peer, connection.presented, connection.version)
        context = self._contexts.get(key)
        if context is None:  # setdefault: calls at the same time must use one context
            context = self._contexts.setdefault(key, tls_context(*key))
        try:
            return context.wrap_socket(
                raw, server_hostname=connection.peer.host, session=connection.session
            )
        except OSError as error:
            raw.close()
            if isinstance(error, ssl.SSLCertVerificationError):
                return Unreachable(words=f"server certificate: {error.verify_message}")
            if isinstance(error, TimeoutError):
                return Silent(seconds=connection.seconds)
            return Refused(moment=Moment.HANDSHAKE, words=words_of(error))


def _ask(
    stream: socket.socket, request: bytes, deadline: float, *, counts_answers: bool = False
) -> Outcome:
    reader = AnswerReader(stream, deadline, is_head=request.startswith(b"HEAD "))
    try:
        _send(stream, request, deadline)
    except TimeoutError:
        return Silent(seconds=ANSWER_SECONDS)
    except OSError:
        pass  # refused while the request was being sent: the answer may have arrived already
    outcome = reader.answer()
    if counts_answers and isinstance(outcome, Answer):
        return replace(outcome, further=reader.further_answers())
    return outcome


def _send(stream: socket.socket, request: bytes, deadline: float) -> None:
    view = memoryview(request)
    while view:
        stream.settimeout(max(0.001, deadline - time.monotonic()))
        # send, not sendall: a server that answers early stops reading, which is not an error here.
        view = view[stream.send(view[:SEND_CHUNK_BYTES]) :]
