"""Accepts the client certificates that a file lists now, so that one is replaced without a restart.

OpenSSL adds certificates to a context in use, and removes none. So a handshake accepts every
certificate that the file has listed, and each request only those that it lists now: an open
connection ends too, and a resumed session has no handshake that would check.
"""

import ssl
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates


class ClientTrust:
    """The certificates of ``file`` in a server's TLS context.

    Raises:
        OSError, ValueError: the file cannot be read, or has no certificate.
    """

    def __init__(self, file: Path, context: ssl.SSLContext) -> None:
        self._file = file
        self._context = context
        self._version: tuple[int, ...] = ()
        self._listed: frozenset[bytes] = frozenset()
        self._refresh()
        context.verify_mode = ssl.CERT_REQUIRED
        # Certificates of API Gateway all have one name. OpenSSL looks an issuer up by its name, so
        # of two in the file it would accept the first only. With this flag it compares them.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.sni_callback = self._before_handshake

    def accepts(self, certificate: bytes | None) -> bool:
        """Whether the file lists this certificate (DER) now; False where it cannot be read."""
        try:
            self._refresh()
        except (OSError, ValueError):
            return False
        return certificate in self._listed

    def _before_handshake(self, *_: Any) -> int | None:
        """OpenSSL calls it for every ClientHello, with a server name or without."""
        try:
            self._refresh()
        except (OSError, ValueError):
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None

    def _refresh(self) -> None:
        status = self._file.stat()
        version = (status.st_ino, status.st_mtime_ns, status.st_size)
        if version == self._version:
            return
        certificates = load_pem_x509_certificates(self._file.read_bytes())
        listed = frozenset(each.public_bytes(Encoding.DER) for each in certificates)
        self._context.load_verify_locations(cadata=b"".join(listed))
        self._listed, self._version = listed, version


def refuse_withdrawn(trust: ClientTrust) -> Any:
    """A middleware that closes the connection of a certificate that the file no longer lists."""

    @web.middleware
    async def refused(request: web.Request, handler: Handler) -> web.StreamResponse:
        tls = request.get_extra_info("ssl_object")
        if tls is None or not trust.accepts(tls.getpeercert(binary_form=True)):
            if request.transport is not None:
                request.transport.abort()
            raise web.HTTPForbidden
        return await handler(request)

    return refused
