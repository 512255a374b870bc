"""Reads the calls of a laptop from its logs: gates, access and authorizer, joined by request id."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from portcullis.errors import PortcullisError
from portcullis.explain.logged_call import LoggedCall, facts_of
from portcullis.gateway.exchange import Layer

GATES, ACCESS, AUTHORIZER_PATTERN = "gates.jsonl", "access.jsonl", "*-authorizer.log"
_RECENT_BYTES = 65536


class LaptopLogs:
    """The logs below ``folder``; ``end_bytes`` of each, or all. Read when calls are asked for."""

    def __init__(self, folder: Path, *, end_bytes: int | None = None) -> None:
        self._folder = folder
        self._end_bytes = end_bytes

    def calls(self) -> list[LoggedCall]:
        """Every call of the last run, oldest first.

        Raises:
            PortcullisError: there is no log of the gates.
        """
        gates = self._folder / GATES
        if not gates.is_file():
            raise PortcullisError(
                f"There is no {gates.resolve()}. Start the laptop with `portcullis up`, call it, "
                "then ask again; for a deployed stack add --stack NAME --aws."
            )
        end = self._end_bytes
        access = _by_request_id(_lines(self._folder / ACCESS, end))
        authorizer = _by_request_id(
            line
            for file in sorted(self._folder.glob(AUTHORIZER_PATTERN))
            for line in _lines(file, end)
            if line.get("type") == "portcullis.authorizer"
        )
        return [_call(line, access, authorizer) for line in _lines(gates, end)]

    def newest(self, name: str = "") -> Iterator[LoggedCall]:
        """The calls that ``name`` names, or every call; the newest first."""
        return (call for call in reversed(self.calls()) if not name or call.is_named(name))


def authorizer_line(folder: Path, request_id: str) -> dict[str, Any]:
    """The authorizer's line about a call that has just been answered; empty where it has none."""
    for file in folder.glob(AUTHORIZER_PATTERN):
        for line in _lines(file, _RECENT_BYTES):
            if line.get("requestId") == request_id:
                return line
    return {}


def _call(
    gate: Mapping[str, Any], access: Mapping[str, Any], authorizer: Mapping[str, Any]
) -> LoggedCall:
    request_id = gate.get("requestId", "")
    access_line = access.get(request_id, {})
    facts = facts_of(access_line, authorizer.get(request_id, {}), gate.get("sourceIp", ""))
    if gate["gate"] == Layer.WEB_ACL:
        facts["rule"] = gate["reason"]
    return LoggedCall(
        request_id=request_id,
        other_ids=tuple(
            value
            for value in (access_line.get("extendedRequestId"), gate.get("connectionId"))
            if value
        ),
        time=gate.get("time"),
        status=gate["status"],
        method=gate.get("method", ""),
        path=gate.get("path", ""),
        gate=gate["gate"],
        reason=gate["reason"],
        duration_ms=gate.get("timingsMs", {}).get("total"),
        facts=facts,
    )


def _by_request_id(lines: Iterator[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {line["requestId"]: line for line in lines if isinstance(line.get("requestId"), str)}


def _lines(path: Path, end_bytes: int | None) -> Iterator[dict[str, Any]]:
    """The JSON objects of a log. Other lines, and one that is cut or unfinished, are left out."""
    try:
        with path.open("rb") as file:
            if end_bytes is not None:
                file.seek(max(file.seek(0, os.SEEK_END) - end_bytes, 0))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        try:
            parsed = json.loads(line)
        except ValueError:
            continue
        if isinstance(parsed, dict):
            yield parsed
