"""What the TLS callbacks record about one handshake; the connection's transport reads it."""

from dataclasses import dataclass

from portcullis.gateway.edge.openssl_errors import verification_text
from portcullis.gateway.exchange import VerifyFailure


@dataclass(frozen=True, slots=True)
class HandshakeRefusal:
    """Why the ClientHello is refused, and the TLS alert (RFC 8446 section 6) that says so."""

    alert: int
    reason: str


@dataclass(slots=True)
class HandshakeRecord:
    """Written by the server name and verify callbacks. Empty means: no domain, nothing verified."""

    domain_name: str | None = None  # of the custom domain that the server name selected
    asks_for_certificate: bool = True
    refusal: HandshakeRefusal | None = None
    has_verified: bool = False
    verify_failure: VerifyFailure | None = None

    def choose(self, domain_name: str, *, asks_for_certificate: bool) -> None:
        self.domain_name = domain_name
        self.asks_for_certificate = asks_for_certificate

    def refuse(self, alert: int, reason: str) -> None:
        self.refusal = HandshakeRefusal(alert, reason)

    def note_verification(self, *, error: int, depth: int) -> None:
        """Keep the first error: OpenSSL forgets it once the callback answers "go on"."""
        self.has_verified = True
        if error and self.verify_failure is None:
            self.verify_failure = VerifyFailure(
                code=error, depth=depth, message=verification_text(error)
            )
