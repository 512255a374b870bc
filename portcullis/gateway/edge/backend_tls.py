"""TLS to the backend: which issuers are trusted, and which client certificate is presented."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portcullis.errors import PortcullisError


class UnknownCertificateError(PortcullisError):
    """The graph's client certificate for the backend cannot be presented from this machine."""

    def __init__(self) -> None:
        super().__init__(
            "The private key of a client certificate for the backend is not on this machine: API "
            "Gateway keeps the keys of those that it generates."
        )


@dataclass(frozen=True, kw_only=True)
class BackendIdentity:
    """The files of a client certificate and its private key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True)
class BackendTls:
    """How connections to https backends are secured.

    Args:
        trust: a PEM file of issuers that are trusted besides the system's.
        find_identity: the files of a client certificate, given as PEM, if they are here.
    """

    trust: Path | None = None
    find_identity: Callable[[str], BackendIdentity | None] = lambda _certificate_pem: None

    def context(self, certificate_pem: str | None = None) -> ssl.SSLContext:
        """Verifies the backend, and presents the certificate where one is given.

        Raises:
            UnknownCertificateError: its private key is not on this machine.
        """
        context = ssl.create_default_context()
        if self.trust is not None:
            context.load_verify_locations(self.trust)
        context.set_alpn_protocols(["http/1.1"])
        if certificate_pem is not None:
            identity = self.find_identity(certificate_pem)
            if identity is None:
                raise UnknownCertificateError
            context.load_cert_chain(identity.certificate, identity.key)
        return context
