"""One JSON line per call: what was decided, about whom, why, and how long it took.

Never the PEM, the token or the event. What a certificate says about itself is the caller's own
text: it is cut, and JSON escapes its control characters.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from authorizer.certificate import ClientCertificate
from authorizer.reasons import Reason

MAX_TEXT_LENGTH = 256
MAX_NAMES = 4

_ENCODER = json.JSONEncoder(separators=(",", ":"))  # json.dumps would make one per line

Write = Callable[[str], object]


class Decision(StrEnum):
    ALLOW = "allow"
    DENY = "deny"
    ERROR = "error"


@dataclass(slots=True, kw_only=True)
class CallRecord:
    """What one call wrote down on its way; members left at None are not printed."""

    request_id: str
    lambda_request_id: str | None
    started_at: float  # seconds since the epoch
    cold_start: bool
    decision: Decision = Decision.ERROR
    reason: Reason = Reason.INTERNAL_ERROR
    detail: str | None = None
    client_id: str | None = None
    certificate: ClientCertificate | None = None
    certificate_reused: bool | None = None
    token_reused: bool | None = None
    token_ms: float | None = None
    duration_ms: float | None = None

    def line(self) -> str:
        entries: dict[str, Any] = {
            # Lambda's JSON log format filters by these two, under these names.
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started_at)),
            "level": "ERROR" if self.decision is Decision.ERROR else "INFO",
            "type": "portcullis.authorizer",
            "requestId": self.request_id,
            "lambdaRequestId": self.lambda_request_id,
            "decision": self.decision,
            "reason": self.reason,
            "detail": self.detail or None,
            "clientId": self.client_id,
            "coldStart": self.cold_start,
            "certificateReused": self.certificate_reused,
            "tokenReused": self.token_reused,
            "tokenMs": self.token_ms,
            "durationMs": self.duration_ms,
        }
        certificate = self.certificate
        if certificate is not None:
            entries["thumbprint"] = certificate.thumbprint
            if self.decision is not Decision.ALLOW:
                entries["certificate"] = _description(certificate)
        return _ENCODER.encode({n: value for n, value in entries.items() if value is not None})


def _description(certificate: ClientCertificate) -> dict[str, Any]:
    """What whoever has to register, renew or revoke this certificate recognises it by."""
    return {
        "serialNumber": certificate.serial_number[:MAX_TEXT_LENGTH],
        "subject": certificate.subject[:MAX_TEXT_LENGTH],
        "issuer": certificate.issuer[:MAX_TEXT_LENGTH],
        "sanUri": [uri[:MAX_TEXT_LENGTH] for uri in certificate.uris[:MAX_NAMES]],
        "sanDns": [name[:MAX_TEXT_LENGTH] for name in certificate.dns_names[:MAX_NAMES]],
    }
