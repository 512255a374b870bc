"""Writes one JSON line per call: the decision, its reason, the client, the time it took.

Never the PEM, the token or the event. Names from a certificate are text of the caller: they are
cut, and JSON escapes their control characters.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from json.encoder import encode_basestring_ascii
from typing import Any

from authorizer.certificate import ClientCertificate
from authorizer.metrics import days_to_expiry, embedded
from authorizer.reasons import Reason

MAX_TEXT_LENGTH = 256
MAX_NAMES = 4
TYPE = "portcullis.authorizer"

_ENCODER = json.JSONEncoder(separators=(",", ":"))  # json.dumps would make one per line

Write = Callable[[str], object]


class Decision(StrEnum):
    ALLOW = "allow"
    DENY = "deny"
    ERROR = "error"


@dataclass(slots=True, kw_only=True)
class CallRecord:
    """The facts of one call; members that are None are not printed."""

    request_id: str
    lambda_request_id: str | None
    started_at: float  # seconds since the epoch
    cold_start: bool
    function_name: str = ""
    decision: Decision = Decision.ERROR
    reason: Reason = Reason.INTERNAL_ERROR
    detail: str | None = None
    client_id: str | None = None
    required_scope: str | None = None
    granted_scopes: tuple[str, ...] | None = None
    certificate: ClientCertificate | None = None
    certificate_reused: bool | None = None
    token_reused: bool | None = None
    token_ms: float | None = None
    registry_reused: bool | None = None
    registry_ms: float | None = None
    crl_age_hours: float | None = None
    crl_hours_left: float | None = None
    duration_ms: float | None = None

    def line(self) -> str:
        entries: dict[str, Any] = {
            # Lambda's JSON log format filters by these two, under these names.
            "timestamp": timestamp(self.started_at),
            "level": "ERROR" if self.decision is Decision.ERROR else "INFO",
            "type": TYPE,
            "requestId": self.request_id,
            "lambdaRequestId": self.lambda_request_id,
            "decision": self.decision,
            "reason": self.reason,
            "detail": self.detail or None,
            "clientId": self.client_id,
            "requiredScope": self.required_scope,
            "grantedScopes": self.granted_scopes,
            "coldStart": self.cold_start,
            "certificateReused": self.certificate_reused,
            "tokenReused": self.token_reused,
            "tokenMs": self.token_ms,
            "registryReused": self.registry_reused,
            "registryMs": self.registry_ms,
            "crlAgeHours": self.crl_age_hours,
            "crlHoursLeft": self.crl_hours_left,
            "durationMs": self.duration_ms,
        }
        certificate = self.certificate
        if certificate is not None:
            entries["thumbprint"] = certificate.thumbprint
            if self.decision is not Decision.ALLOW:
                entries["certificate"] = _description(certificate)
        self._add_metrics(entries)
        return _ENCODER.encode({n: value for n, value in entries.items() if value is not None})

    def _add_metrics(self, entries: dict[str, Any]) -> None:
        if self.decision is Decision.DENY:
            entries["refused"] = 1
        elif self.decision is Decision.ERROR:
            entries["failed"] = 1
        elif self.certificate is not None:
            entries["daysToExpiry"] = days_to_expiry(
                self.certificate.not_before, self.certificate.not_after, self.started_at
            )
        if self.token_reused is False:
            entries["kmsMs"] = self.token_ms
        entries |= embedded(entries, function_name=self.function_name, now=self.started_at)


class Lines:
    """Writes the line of a remembered answer, with the members of `CallRecord.line`.

    It is joined from strings, because nearly every call waits for it.
    """

    def __init__(self) -> None:
        self._second = -1
        self._timestamp = ""

    def allowed_again(
        self,
        tail: str,
        *,
        now: float,
        request_id: str,
        lambda_request_id: str | None,
        duration_ms: float,
    ) -> str:
        second = int(now)
        if second != self._second:
            self._second, self._timestamp = second, timestamp(now)
        by = (
            ""
            if lambda_request_id is None
            else (f'"lambdaRequestId":{encode_basestring_ascii(lambda_request_id)},')
        )
        return (
            f'{{"timestamp":"{self._timestamp}","level":"INFO","type":"{TYPE}",'
            f'"requestId":{encode_basestring_ascii(request_id)},{by}'
            f'"durationMs":{duration_ms},{tail}'
        )


def tail(client_id: str, thumbprint: str) -> str:
    """The members that are the same in each line about this client's remembered answer."""
    members = {
        "decision": Decision.ALLOW,
        "reason": Reason.OK,
        "clientId": client_id,
        "thumbprint": thumbprint,
        "coldStart": False,
        "certificateReused": True,
        "tokenReused": True,
        "tokenMs": 0.0,
    }
    return _ENCODER.encode(members)[1:] + "\n"


def timestamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _description(certificate: ClientCertificate) -> dict[str, Any]:
    """The names to register, renew or revoke this certificate by."""
    return {
        "serialNumber": certificate.serial_number[:MAX_TEXT_LENGTH],
        "subject": certificate.subject[:MAX_TEXT_LENGTH],
        "issuer": certificate.issuer[:MAX_TEXT_LENGTH],
        "sanUri": [uri[:MAX_TEXT_LENGTH] for uri in certificate.uris[:MAX_NAMES]],
        "sanDns": [name[:MAX_TEXT_LENGTH] for name in certificate.dns_names[:MAX_NAMES]],
    }
