"""Everything that the page shows of one call, as JSON, without secrets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portcullis.explain.causes import explained
from portcullis.explain.laptop_logs import LaptopLogs, authorizer_line
from portcullis.explain.logged_call import LoggedCall, facts_of
from portcullis.gateway.edge.http_protocol import Refusal
from portcullis.gateway.exchange import Layer
from portcullis.gateway.gates.call import BackendRequest, Call
from portcullis.inspector import redaction
from portcullis.inspector.authorization import authorization
from portcullis.inspector.curl import ListeningGateway, curl
from portcullis.inspector.header_changes import backend_headers, client_headers
from portcullis.inspector.presented_certificate import (
    presented_certificate,
    thumbprint_of,
    thumbprint_of_file,
)
from portcullis.inspector.recent_calls import AnsweredCall, RecentCalls
from portcullis.inspector.waterfall import (
    HTTP,
    answered_gates,
    logged_gates,
    refused_gates,
)

SHOWN_BODY_CHARACTERS = 2000
EARLIER_CALLS = 50
LOG_END_BYTES = 262144  # of each log: some hundred calls


@dataclass(frozen=True, kw_only=True)
class CallDescriptions:
    """Describes the calls of one gateway."""

    recent: RecentCalls
    reachable: Callable[[], ListeningGateway]
    stack: str
    log_folder: Path

    def describe(self, number: int, call: AnsweredCall | Refusal) -> dict[str, Any]:
        described = (
            self._refused(call) if isinstance(call, Refusal) else self._answered(number, call)
        )
        return {"number": number, **described}

    def earlier(self) -> list[dict[str, Any]]:
        """What the logs have of the last calls, oldest first; the last one has the number 0."""
        calls = LaptopLogs(self.log_folder, end_bytes=LOG_END_BYTES).calls()[-EARLIER_CALLS:]
        return [
            {"number": number, **self._logged_call(call)}
            for number, call in enumerate(calls, 1 - len(calls))
        ]

    def _logged_call(self, call: LoggedCall) -> dict[str, Any]:
        facts = call.facts
        certificate = {
            "subject": facts.get("subject"),
            "serialNumber": facts.get("serial"),
            "thumbprint": facts.get("thumbprint"),
        }
        return {
            "isFromLog": True,
            "time": call.time,
            "sourceIp": facts.get("address"),
            "requestId": call.request_id,
            "method": call.method,
            "target": redaction.target(call.path),
            "route": facts.get("route"),
            "status": call.status,
            "client": facts.get("client"),
            "isRefused": call.is_refused,
            "ms": call.duration_ms,
            "gates": logged_gates(call),
            "certificate": certificate if certificate["thumbprint"] else None,
            **self._cause(call),
        }

    def _refused(self, refusal: Refusal) -> dict[str, Any]:
        logged = LoggedCall(
            request_id=refusal.request_id,
            time=refusal.refused_at,
            status=refusal.status,
            gate=Layer.TLS if refusal.status is None else HTTP,
            reason=refusal.reason,
            facts={"address": refusal.source_ip},
        )
        return {
            "time": refusal.refused_at,
            "endpoint": refusal.endpoint,
            "sourceIp": refusal.source_ip,
            "serverName": refusal.server_name,
            "connectionId": refusal.connection_id,
            "requestId": refusal.request_id,
            "status": refusal.status,
            "isRefused": True,
            "gates": refused_gates(refusal),
            **self._cause(logged),
        }

    def _answered(self, number: int, answered: AnsweredCall) -> dict[str, Any]:
        call, response = answered.call, answered.response
        request, sent = call.request, call.backend_request
        logged = self._logged(answered)
        is_first = self.recent.is_first_of_connection(number, request.tls.connection_id)
        client = call.context.get("authorizer.clientId")
        has_body = answered.request_bytes > 0
        return {
            "time": request.received_at,
            "endpoint": request.endpoint,
            "sourceIp": request.source_ip,
            "serverName": request.tls.server_name,
            "connectionId": request.tls.connection_id,
            "requestId": call.request_id,
            "extendedRequestId": call.extended_request_id,
            "method": request.method,
            "target": redaction.target(request.target),
            "httpVersion": request.http_version,
            "route": call.resource_path,
            "status": response.status,
            "client": None if client is None else redaction.text(client),
            "isRefused": logged.is_refused,
            "ms": round(call.timings_ms.get("total", 0.0), 3),
            "gates": answered_gates(
                answered, is_refused=logged.is_refused, is_first_of_connection=is_first
            ),
            "certificate": presented_certificate(request.tls.client_certificate_pem),
            "authorizer": authorization(call),
            "requestHeaders": client_headers(request.headers, sent[2] if sent else None),
            "requestBytes": answered.request_bytes,
            "backendRequest": None if sent is None else _backend_request(call, sent),
            "responseHeaders": redaction.headers(response.headers),
            "responseBytes": answered.response_bytes,
            "responseBody": _own_body(response.body) if logged.is_refused else None,
            "curl": curl(request, self.reachable(), self._files(call), has_body=has_body),
            **self._cause(logged),
        }

    def _cause(self, logged: LoggedCall) -> dict[str, Any]:
        """Gate and reason; why and the fix where a gate refused the call."""
        found: dict[str, Any] = {"gate": logged.gate, "reason": redaction.text(logged.reason)}
        if logged.is_refused:
            explanation = explained(logged, stack=self.stack)
            found["what"] = redaction.text(explanation.what)
            found["fix"] = redaction.text(explanation.fix)
        return found

    def _logged(self, answered: AnsweredCall) -> LoggedCall:
        call, response = answered.call, answered.response
        context = call.context
        written: Mapping[str, Any] = {}
        if response.layer == Layer.AUTHORIZER:
            written = authorizer_line(self.log_folder, call.request_id)
        access = {
            "clientId": context.get("authorizer.clientId"),
            "certificateThumbprint": context.get("authorizer.certificateThumbprint"),
            "clientCertSerialNumber": context.get("identity.clientCert.serialNumber"),
            "clientCertSubject": context.get("identity.clientCert.subjectDN"),
            "httpMethod": call.method,
            "resourcePath": call.resource_path,
            "grantedScopes": context.get("authorizer.scope"),
        }
        facts = facts_of(access, written, call.request.source_ip)
        if response.layer == Layer.WEB_ACL:
            facts["rule"] = response.reason
        return LoggedCall(
            request_id=call.request_id,
            time=call.request.received_at,
            status=response.status,
            gate=response.layer,
            reason=response.reason,
            facts=facts,
        )

    def _files(self, call: Call) -> str | None:
        """The client of this machine whose certificate was presented."""
        pem = call.request.tls.client_certificate_pem
        presented = None if pem is None else thumbprint_of(pem)
        if presented is None:
            return None
        for name, files in self.reachable().clients.items():
            if thumbprint_of_file(Path(files["certificate"])) == presented:
                return name
        return None


def _backend_request(call: Call, sent: BackendRequest) -> dict[str, Any]:
    method, url, headers = sent
    return {
        "method": method,
        "url": redaction.target(url),
        "headers": backend_headers(call.request.headers, headers),
    }


def _own_body(body: bytes) -> str:
    """The body of a gateway response; a backend's body is never shown."""
    return redaction.text(body[:SHOWN_BODY_CHARACTERS].decode(errors="replace"))
