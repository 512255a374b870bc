"""What each gate decided about a call, in a few words."""

from collections.abc import Callable, Mapping

from portcullis.gateway.exchange import Layer
from portcullis.gateway.gates.call import Call
from portcullis.inspector import redaction
from portcullis.inspector.recent_calls import AnsweredCall


def note(gate: str, answered: AnsweredCall) -> str:
    """What the gate decided, after the reason for the gate that answered. May be empty."""
    response = answered.response
    write = _NOTES.get(gate)
    decided = "" if write is None else write(answered.call)
    if gate != response.layer or response.reason in decided:
        return decided
    return _joined(redaction.text(response.reason), decided)


def _tls(call: Call) -> str:
    tls = call.request.tls
    return _joined(tls.version, tls.cipher, tls.server_name and f"name {tls.server_name}")


def _truststore(call: Call) -> str:
    return "the chain ends in the truststore" if call.certificate else ""


def _custom_domain(call: Call) -> str:
    mapping = call.context.get("customDomain.basePathMatched", "")
    return _joined(call.request.header("host"), mapping and f"base path {mapping}")


def _web_acl(call: Call) -> str:
    verdict = call.web_acl_verdict
    if verdict is None:
        return ""
    return _joined(
        f"{'allowed' if verdict.allowed else 'blocked'} by {verdict.rule}",
        verdict.counted and f"counted {', '.join(verdict.counted)}",
        verdict.labels and f"labels {', '.join(verdict.labels)}",
    )


def _route(call: Call) -> str:
    return _joined(call.resource_path and f"{call.method} {call.resource_path}")


def _authorizer(call: Call) -> str:
    answer = call.authorizer_answer
    if answer is None:
        return ""
    latency = call.context.get("authorizer.latency")
    return _joined(
        f"principal {redaction.text(answer.principal)}",
        "cached answer" if latency is None else f"function {latency} ms",
    )


def _integration(call: Call) -> str:
    latency = call.context.get("integration.latency")
    error = call.context.get("integration.error")
    return _joined(latency and f"backend {latency} ms", error and redaction.text(error))


def _backend(call: Call) -> str:
    status = call.context.get("integration.status")
    return f"status {status}" if status else ""


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


_NOTES: Mapping[str, Callable[[Call], str]] = {
    Layer.TLS: _tls,
    Layer.TRUSTSTORE: _truststore,
    Layer.CUSTOM_DOMAIN: _custom_domain,
    Layer.WEB_ACL: _web_acl,
    Layer.ROUTE: _route,
    Layer.AUTHORIZER: _authorizer,
    Layer.INTEGRATION: _integration,
    Layer.BACKEND: _backend,
}
