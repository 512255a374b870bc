"""The gates of one call in AWS's order: what each decided, and the time it took.

Gates run one after the other. The gateway measures those that take time; the rest of a call
(HTTP, routing, logs) is the last row.
"""

from collections.abc import Iterator
from typing import Any

from portcullis.explain.logged_call import LoggedCall
from portcullis.gateway.edge.http_protocol import Refusal
from portcullis.gateway.exchange import Endpoint, Layer
from portcullis.gateway.gates.call import Call
from portcullis.inspector import redaction
from portcullis.inspector.gate_notes import note
from portcullis.inspector.recent_calls import AnsweredCall

HTTP = "front"  # the gate log's name for a request that is refused before the gates
REST = "rest"
PASSED, REFUSED, ANSWERED = "passed", "refused", "answered"
UNREACHED, ABSENT = "unreached", "absent"

_TITLES: dict[str, str] = {
    Layer.TLS: "TLS",
    HTTP: "HTTP",
    Layer.TRUSTSTORE: "Truststore",
    Layer.DEFAULT_ENDPOINT: "Default endpoint",
    Layer.CUSTOM_DOMAIN: "Custom domain",
    Layer.WEB_ACL: "Web ACL",
    Layer.ROUTE: "Route",
    Layer.THROTTLE: "Throttle",
    Layer.AUTHORIZER: "Authorizer",
    Layer.VALIDATION: "Validation",
    Layer.INTEGRATION: "Integration",
    Layer.BACKEND: "Backend",
}
_NOT_OF = {
    Endpoint.DEFAULT: frozenset({Layer.TRUSTSTORE, Layer.CUSTOM_DOMAIN}),
    Endpoint.CUSTOM_DOMAIN: frozenset({Layer.DEFAULT_ENDPOINT}),
}


def refused_gates(refusal: Refusal) -> list[dict[str, Any]]:
    """The rows of a call that did not become a request."""
    stopped_at = Layer.TLS if refusal.status is None else HTTP
    return [
        _row(gate, verdict, redaction.text(refusal.reason) if gate == stopped_at else "")
        for gate, verdict in _verdicts(refusal.endpoint, stopped_at, REFUSED)
    ]


def logged_gates(call: LoggedCall) -> list[dict[str, Any]]:
    """The rows of a call that only the logs have: without times and notes."""
    is_default = call.gate == Layer.DEFAULT_ENDPOINT
    endpoint = Endpoint.DEFAULT if is_default else Endpoint.CUSTOM_DOMAIN
    end = REFUSED if call.is_refused else ANSWERED
    return [
        _row(gate, verdict, redaction.text(call.reason) if gate == call.gate else "")
        for gate, verdict in _verdicts(endpoint, call.gate, end)
    ]


def answered_gates(
    answered: AnsweredCall, *, is_refused: bool, is_first_of_connection: bool
) -> list[dict[str, Any]]:
    """The rows of a call that reached the gates; ``atMs`` and ``ms`` where time was measured."""
    call, response = answered.call, answered.response
    times = dict(call.timings_ms)
    total = times.pop("total", 0.0)
    handshake = call.request.tls.handshake_ms
    if is_first_of_connection and handshake is not None:
        times[Layer.TLS] = handshake
        total += handshake
    rows = []
    at = 0.0
    end = REFUSED if is_refused else ANSWERED
    for gate, verdict in _verdicts(call.request.endpoint, response.layer, end):
        row = _row(gate, _seen(gate, verdict, call), note(gate, answered))
        if gate == Layer.TLS and not is_first_of_connection:
            row["note"] += " · connection reused"
        if gate in times:
            row |= _span(at, times[gate])
            at += times[gate]
        rows.append(row)
    rest = {"gate": REST, "title": "Other", "verdict": PASSED, "note": "HTTP, routing, logs"}
    return [*rows, rest | _span(at, max(total - at, 0.0))]


def _verdicts(endpoint: Endpoint, stopped_at: str, end: str) -> Iterator[tuple[str, str]]:
    state = PASSED
    for gate in _TITLES:
        if gate == stopped_at:
            yield gate, end
            state = UNREACHED
        elif gate not in _NOT_OF[endpoint]:
            yield gate, state


def _seen(gate: str, verdict: str, call: Call) -> str:
    """The verdict, corrected by what the gate left: it may be absent, or run before an earlier."""
    if verdict == PASSED:
        return PASSED if _has_run(gate, call) else ABSENT
    if verdict == UNREACHED and gate in call.timings_ms:  # a quota is checked after the authorizer
        return PASSED
    return verdict


def _has_run(gate: str, call: Call) -> bool:
    if gate == Layer.TRUSTSTORE:
        return call.certificate is not None
    if gate == Layer.WEB_ACL:
        return call.web_acl_verdict is not None
    if gate == Layer.AUTHORIZER:
        return call.authorizer_answer is not None
    return gate != Layer.VALIDATION or gate in call.timings_ms


def _row(gate: str, verdict: str, text: str) -> dict[str, Any]:
    return {"gate": gate, "title": _TITLES[gate], "verdict": verdict, "note": text}


def _span(at: float, ms: float) -> dict[str, float]:
    return {"atMs": round(at, 3), "ms": round(ms, 3)}
