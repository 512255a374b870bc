"""One JSON line per call: the gate that answered and why; no header values, bodies or tokens."""

import json
import re
from typing import Any

from portcullis.gateway.edge.http_protocol import Refusal
from portcullis.gateway.exchange import Exchange, Layer, Response

TOKEN = re.compile(r"(eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*)\.[A-Za-z0-9_-]*")  # RFC 7515, compact


def gate_line(exchange: Exchange, response: Response) -> str:
    """A call that reached the gates; ``gate`` is the one that answered."""
    request = exchange.request
    return _line(
        {
            "requestId": exchange.request_id,
            "connectionId": request.tls.connection_id,
            "time": request.received_at,
            "endpoint": request.endpoint,
            "sourceIp": request.source_ip,
            "method": request.method,
            # A path may hold anything that a client sends, also a token.
            "path": TOKEN.sub(r"\1.[signature cut]", request.path),
            "status": response.status,
            "gate": response.layer,
            "reason": response.reason,
            "timingsMs": {name: round(ms, 3) for name, ms in exchange.timings_ms.items()},
        }
    )


def refusal_line(refusal: Refusal) -> str:
    """A call that did not reach the gates: a failed handshake or refused HTTP."""
    return _line(
        {
            "connectionId": refusal.connection_id,
            "time": refusal.refused_at,
            "endpoint": refusal.endpoint,
            "sourceIp": refusal.source_ip,
            "serverName": refusal.server_name,
            "status": refusal.status,
            "gate": Layer.TLS if refusal.status is None else "front",
            "reason": refusal.reason,
        }
    )


def _line(values: dict[str, Any]) -> str:
    return json.dumps(
        values, separators=(",", ":")
    )  # ASCII only, so a client cannot add a line break
