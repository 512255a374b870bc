"""How to connect: peer, client certificate, source address, TLS version and session."""

import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0  # above the 29 seconds that API Gateway grants an integration


class TlsVersion(StrEnum):
    ANY = "TLS"
    V1_2 = "TLS 1.2"
    V1_3 = "TLS 1.3"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """The server to connect to."""

    host: str  # in SNI and in the server certificate
    port: int
    address: str  # of the TCP connection
    truststore: Path | None = None
    is_tls: bool = True

    @classmethod
    def from_url(cls, url: str, truststore: Path | None, address: str | None) -> "Peer":
        """The peer of an http or https URL. ``address`` None means the URL's host."""
        parts = urlsplit(url)
        is_tls = parts.scheme == "https"
        host = parts.hostname or ""
        return cls(
            host=host,
            port=parts.port or (443 if is_tls else 80),
            # "localhost" may mean ::1 first, and then the source address cannot be chosen.
            address=address or host,
            truststore=truststore,
            is_tls=is_tls,
        )

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
    """One connection to open. Without ``source`` the system chooses the source address."""

    peer: Peer
    presented: Presented | None = None
    source: str | None = None
    version: TlsVersion = TlsVersion.ANY
    session: ssl.SSLSession | None = None
    seconds: float = ANSWER_SECONDS


def connect(connection: Connection) -> socket.socket:
    """A TCP connection. Raises OSError where there is none."""
    source = (connection.source, 0) if connection.source else None
    raw = socket.create_connection(
        (connection.peer.address, connection.peer.port), CONNECT_SECONDS, source_address=source
    )
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return raw


def tls_context(peer: Peer, presented: Presented | None, version: TlsVersion) -> ssl.SSLContext:
    """Trusts the peer's issuer only, and presents the given certificate whether valid or not."""
    context = ssl.create_default_context(cafile=str(peer.truststore) if peer.truststore else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if version is TlsVersion.V1_2:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    elif version is TlsVersion.V1_3:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    if presented is not None:
        # At the default security level OpenSSL refuses to present a weak key or signature.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(presented.certificate, presented.key)
    return context


def words_of(error: OSError) -> str:
    """The reason of a network error in lower case, for a report."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return (error.strerror or str(error)).lower()
