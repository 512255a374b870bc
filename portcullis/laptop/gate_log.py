"""One JSON line per call: the gate that answered and why; no header values, bodies or tokens."""

import json
import re
from collections.abc import Callable
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from typing import Protocol

from portcullis.gateway.edge.http_protocol import Refusal
from portcullis.gateway.exchange import Exchange, Layer, Response
from portcullis.laptop.log_file import LineFile

TOKEN = re.compile(r"(eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*)\.[A-Za-z0-9_-]*")  # RFC 7515, compact
SHOWN_PATH_CHARACTERS = 80
_UNPRINTABLE = re.compile(r"[^ -~]")


class CallObserver(Protocol):
    """Gets each call once it has ended."""

    def answered(self, exchange: Exchange, response: Response) -> None: ...

    def refused(self, refusal: Refusal) -> None: ...


class GateLog:
    """The log of one gateway. ``show`` gets the same calls as lines for a screen, or is None."""

    def __init__(
        self,
        path: Path,
        show: Callable[[str], None] | None,
        observer: CallObserver | None = None,
    ) -> None:
        self._file = LineFile(path)
        self._show = show
        self._observer = observer

    def answered(self, exchange: Exchange, response: Response) -> None:
        self._file.write_soon(gate_line(exchange, response))
        if self._show is not None:
            self._show(screen_line(exchange, response))
        if self._observer is not None:
            self._observer.answered(exchange, response)

    def refused(self, refusal: Refusal) -> None:
        if self._observer is not None:
            self._observer.refused(refusal)
        self._file.write(refusal_line(refusal))
        if self._show is not None:
            self._show(
                f"{refusal.status or 'none':<5} {_gate(refusal):<16} {_printable(refusal.reason)}"
            )

    def close(self) -> None:
        self._file.close()


def screen_line(exchange: Exchange, response: Response) -> str:
    """Status, gate, client, request, milliseconds and reason, without control characters."""
    request = exchange.request
    client = exchange.context.get("authorizer.clientId", "-")
    path = _without_tokens(request.path)[:SHOWN_PATH_CHARACTERS]
    line = (
        f"{response.status:<5} {response.layer:<16} {client:<16} {request.method} {path} "
        f"{exchange.timings_ms.get('total', 0.0):.0f} ms {response.reason}"
    )
    return _printable(line).rstrip()


def _printable(text: str) -> str:
    """A client's text must not move the cursor of a terminal."""
    return _UNPRINTABLE.sub("?", text)


def _without_tokens(path: str) -> str:
    """A path may hold anything that a client sends, also a token."""
    return TOKEN.sub(r"\1.[signature cut]", path) if "eyJ" in path else path


def gate_line(exchange: Exchange, response: Response) -> str:
    """A call that reached the gates; ``gate`` is the one that answered.

    Written piece by piece, which takes a third of the time of an encoder for every call.
    """
    request = exchange.request
    timings = ",".join([f'"{name}":{ms:.3f}' for name, ms in exchange.timings_ms.items()])
    return (
        f'{{"requestId":{quoted(exchange.request_id)}'
        f',"connectionId":{quoted(request.tls.connection_id)}'
        f',"time":{request.received_at}'
        f',"endpoint":{quoted(request.endpoint)}'
        f',"sourceIp":{quoted(request.source_ip)}'
        f',"method":{quoted(request.method)}'
        f',"path":{quoted(_without_tokens(request.path))}'
        f',"status":{response.status}'
        f',"gate":{quoted(response.layer)}'
        f',"reason":{quoted(response.reason)}'
        f',"timingsMs":{{{timings}}}}}'
    )


def refusal_line(refusal: Refusal) -> str:
    """A call that did not reach the gates: a failed handshake or refused HTTP."""
    values = {
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
    # ASCII only, so a client cannot add a line break.
    return json.dumps(values, separators=(",", ":"))


def _gate(refusal: Refusal) -> str:
    return Layer.TLS if refusal.status is None else "front"
