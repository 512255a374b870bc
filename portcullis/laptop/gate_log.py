"""One JSON line per call: the gate that answered and why; no header values, bodies or tokens."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from portcullis.gateway.edge.http_protocol import Refusal
from portcullis.gateway.exchange import Exchange, Layer, Response
from portcullis.laptop.log_file import LineFile

TOKEN = re.compile(r"(eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*)\.[A-Za-z0-9_-]*")  # RFC 7515, compact


SHOWN_PATH_CHARACTERS = 80


class CallObserver(Protocol):
    """Gets each call once it has ended."""

    def answered(self, exchange: Exchange, response: Response) -> None: ...

    def refused(self, refusal: Refusal) -> None: ...


class GateLog:
    """The log of one gateway. ``show`` gets the same calls as lines for a screen."""

    def __init__(
        self, path: Path, show: Callable[[str], None], observer: CallObserver | None = None
    ) -> None:
        self._file = LineFile(path)
        self._show = show
        self._observer = observer

    def answered(self, exchange: Exchange, response: Response) -> None:
        self._file.write(gate_line(exchange, response))
        self._show(screen_line(exchange, response))
        if self._observer is not None:
            self._observer.answered(exchange, response)

    def refused(self, refusal: Refusal) -> None:
        if self._observer is not None:
            self._observer.refused(refusal)
        self._file.write(refusal_line(refusal))
        self._show(
            f"{refusal.status or 'none':<5} {_gate(refusal):<16} {_printable(refusal.reason)}"
        )

    def close(self) -> None:
        self._file.close()


def screen_line(exchange: Exchange, response: Response) -> str:
    """Status, gate, client, request, milliseconds and reason, without control characters."""
    request = exchange.request
    client = exchange.context.get("authorizer.clientId", "-")
    path = TOKEN.sub(r"\1.[signature cut]", request.path)[:SHOWN_PATH_CHARACTERS]
    line = (
        f"{response.status:<5} {response.layer:<16} {client:<16} {request.method} {path} "
        f"{exchange.timings_ms.get('total', 0.0):.0f} ms {response.reason}"
    )
    return _printable(line).rstrip()


def _printable(text: str) -> str:
    """A client's text must not move the cursor of a terminal."""
    return "".join(c if " " <= c <= "~" else "?" for c in text)


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
            **({"requestId": refusal.request_id} if refusal.request_id else {}),
            "connectionId": refusal.connection_id,
            "time": refusal.refused_at,
            "endpoint": refusal.endpoint,
            "sourceIp": refusal.source_ip,
            "serverName": refusal.server_name,
            "status": refusal.status,
            "gate": _gate(refusal),
            "reason": refusal.reason,
        }
    )


def _gate(refusal: Refusal) -> str:
    return Layer.TLS if refusal.status is None else "front"


def _line(values: dict[str, Any]) -> str:
    return json.dumps(
        values, separators=(",", ":")
    )  # ASCII only, so a client cannot add a line break
