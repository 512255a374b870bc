"""Calls that end at each gate, with times as a laptop has them: what the pictures show."""

import json
from dataclasses import replace

from portcullis.gateway.exchange import Layer, UpstreamAnswer, VerifyFailure
from portcullis.inspector.recent_calls import AnsweredCall
from tests.portcullis.inspector.inspected import allowed, answer

EXPIRED = VerifyFailure(code=10, depth=0, message="certificate has expired")
TENANT = ("X-Tenant", "north")
TIMES_MS = {
    Layer.WEB_ACL: 0.31,
    Layer.AUTHORIZER: 4.87,
    Layer.VALIDATION: 0.09,
    Layer.INTEGRATION: 3.42,
}

LATENCIES = {"authorizer.latency": "4", "integration.latency": "3"}


async def sample(inspected):
    """One call to each end, the last one passes every gate."""
    functions, upstream = inspected.laptop.functions, inspected.laptop.upstream
    good = upstream.answer
    inspected.refuse("tlsv13 alert certificate required: the client did not return a certificate")
    inspected.refuse("the headers are larger than 10240 bytes", status=431)
    await inspected.call(verify_failure=EXPIRED, connection_id="c1", handshake_ms=3.9)
    await inspected.call(source_ip="192.0.2.1", connection_id="c2", handshake_ms=3.4)
    await inspected.call("/nowhere", connection_id="c2")
    functions.answer = answer("Deny", reason="suspended", clientId="pet-hotel")
    await inspected.call(connection_id="c3", handshake_ms=3.2)
    functions.answer = allowed()
    await inspected.call("/pets/7", connection_id="c4", handshake_ms=3.1)
    upstream.answer = UpstreamAnswer(status=503, headers=(), body=b"")
    await inspected.call(connection_id="c4")
    upstream.answer = good
    await inspected.call("/pets", method="POST", body=b'{"name": "Rex"}', connection_id="c4")
    await inspected.call("/pets?limit=20&access_token=SECRET", connection_id="c4")
    await inspected.call("/pets/7", headers=(TENANT,), connection_id="c5", handshake_ms=3.05)
    kept = inspected.recent.since(0, at_most=inspected.recent.kept)
    answered = [call for _, call in kept if isinstance(call, AnsweredCall)]
    for second, call in enumerate(answered):
        set_times(call.exchange, second)
    log = inspected.descriptions.log_folder / "portcullis-local-authorizer.log"
    log.write_text("".join(f"{scope_line(call)}\n" for call in answered))


def set_times(exchange, second):
    times, context = exchange.timings_ms, exchange.context
    measured = {layer: ms for layer, ms in TIMES_MS.items() if layer in times}
    times.update(measured, total=sum(measured.values()) + 0.42)
    context.update({name: ms for name, ms in LATENCIES.items() if name in context})
    request = exchange.request
    exchange.request = replace(request, received_at=request.received_at + 3.217 * second)


def scope_line(call):
    """What the authorizer's own log says of a call that lacks a scope."""
    return json.dumps(
        {
            "type": "portcullis.authorizer",
            "requestId": call.exchange.request_id,
            "requiredScope": "pets:write",
        }
    )
