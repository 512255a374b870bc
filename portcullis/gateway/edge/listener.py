"""The TLS and HTTP listener: passes whole Requests to the gates and sends their Responses.

Runs on any asyncio loop; uvloop is the fast one.
"""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from portcullis.errors import PortcullisError
from portcullis.gateway.edge.http_protocol import FrontLimits, Handle, HttpServer, Refusal
from portcullis.gateway.edge.tls_contexts import TlsAcceptor
from portcullis.gateway.edge.tls_transport import TlsTransport
from portcullis.gateway.exchange import Endpoint
from portcullis.gateway.resources.specs import DomainSpec

LOOPBACK = ("127.0.0.1", "::1")
_PORT_ATTEMPTS = 16  # port 0 on several addresses: the first one's port may be taken on the next
_BACKLOG = 1024

log = logging.getLogger(__name__)


class ListenError(PortcullisError):
    """An address or port that cannot be listened on."""


async def serve(
    *,
    domains: Sequence[DomainSpec],
    server_certificates: Mapping[str, tuple[Path, Path]],
    handle: Handle,
    port: int,
    addresses: Sequence[str] = LOOPBACK,
    endpoint: Endpoint = Endpoint.CUSTOM_DOMAIN,
    limits: FrontLimits | None = None,
    on_refused: Callable[[Refusal], None] | None = None,
) -> "Front":
    """Listen on every address with the same port; port 0 takes a free one.

    ``server_certificates``: certificate chain and key file by domain name. ``on_refused``
    is called for failed handshakes and refused HTTP, which never become a Request.

    Raises:
        TlsSetupError: a domain, server certificate or truststore that cannot be served.
        ListenError: an address or port that is taken or not this machine's.
    """
    acceptor = TlsAcceptor(domains, server_certificates)
    front = Front(acceptor, handle, endpoint, limits or FrontLimits(), on_refused)
    sockets = _bind(addresses, port)
    try:
        await front.listen(sockets)
    except BaseException:
        for listening in sockets:
            listening.close()
        raise
    return front


class Front:
    """One running listener; ``close()`` waits for the calls under way."""

    def __init__(
        self,
        acceptor: TlsAcceptor,
        handle: Handle,
        endpoint: Endpoint,
        limits: FrontLimits,
        on_refused: Callable[[Refusal], None] | None,
    ) -> None:
        self.port = 0
        self._acceptor = acceptor
        self._endpoint = endpoint
        self._limits = limits
        self._on_refused = on_refused
        self._http = HttpServer(handle, endpoint=endpoint, limits=limits, on_refused=self._refused)
        self._servers: list[asyncio.Server] = []
        self._transports: set[TlsTransport] = set()
        self._none_left = asyncio.Event()
        self._none_left.set()

    async def listen(self, sockets: Sequence[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        for listening in sockets:
            self._servers.append(
                await loop.create_server(self._new_connection, sock=listening, backlog=_BACKLOG)
            )
        self.port = sockets[0].getsockname()[1]

    def replace_domains(
        self,
        domains: Sequence[DomainSpec],
        server_certificates: Mapping[str, tuple[Path, Path]],
    ) -> Callable[[], None]:
        """Prepare other domains; the returned function takes them into use at once.

        Connections stay open. Their client certificates are held to the new truststores.

        Raises:
            TlsSetupError: see :func:`serve`; the domains of before stay.
        """
        acceptor = TlsAcceptor(domains, server_certificates)

        def take_over() -> None:
            self._acceptor = acceptor
            for transport in self._transports:
                transport.hold_to(acceptor)

        return take_over

    async def close(self, drain_seconds: float = 10.0) -> None:
        """Stop listening, end idle connections, wait for answers under way, drop the rest."""
        self._http.is_draining = True
        for server in self._servers:
            server.close()
        self._servers.clear()
        await self._http.drain(drain_seconds)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._none_left.wait()
        for transport in tuple(self._transports):
            transport.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._none_left.wait()

    # ConnectionWatcher

    def admit(self, transport: TlsTransport) -> bool:
        if self._http.is_draining or len(self._transports) >= self._limits.connections:
            return False
        self._transports.add(transport)
        self._none_left.clear()
        return True

    def forget(self, transport: TlsTransport) -> None:
        self._transports.discard(transport)
        if not self._transports:
            self._none_left.set()

    def handshake_refused(
        self, connection_id: str, source_ip: str, server_name: str | None, reason: str
    ) -> None:
        self._refused(
            Refusal(
                endpoint=self._endpoint,
                connection_id=connection_id,
                source_ip=source_ip,
                server_name=server_name,
                status=None,
                reason=reason,
            )
        )

    def _refused(self, refusal: Refusal) -> None:
        log.info(
            "refused %s at %s: %s",
            refusal.source_ip,
            "the handshake" if refusal.status is None else f"the front with {refusal.status}",
            refusal.reason,
        )
        if self._on_refused is not None:
            self._on_refused(refusal)

    def _new_connection(self) -> TlsTransport:
        return TlsTransport(
            self._acceptor,
            self._http,
            watcher=self,
            handshake_timeout_seconds=self._limits.handshake_seconds,
        )


def _bind(addresses: Sequence[str], port: int) -> list[socket.socket]:
    if not addresses:
        raise ListenError("No address to listen on was given.")
    for attempt in range(_PORT_ATTEMPTS):
        sockets: list[socket.socket] = []
        try:
            for address in addresses:
                chosen = sockets[0].getsockname()[1] if sockets else port
                sockets.append(_listening(address, chosen))
        except OSError as error:
            for listening in sockets:
                listening.close()
            if port == 0 and error.errno == errno.EADDRINUSE and attempt < _PORT_ATTEMPTS - 1:
                continue
            raise ListenError(_listen_message(address, chosen, error)) from error
        return sockets
    raise ListenError(f"No port is free on all of {', '.join(addresses)}.")


def _listening(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((address, port))
        listening.listen(_BACKLOG)
        listening.settimeout(0)
    except BaseException:
        listening.close()
        raise
    return listening


def _listen_message(address: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {address} is in use by another process. "
            f"Stop it (`ss -ltnp 'sport = :{port}'` names it) or choose another port."
        )
    return f"Cannot listen on {address} port {port}: {error.strerror or error}."
