"""Keeps the last requests as they reached the backend, so that tests can look for forged headers.

Only with ``--record`` and only for callers on this machine. Credentials are never kept whole: the
signature of anything that looks like a token is cut first.
"""

import re
from collections import deque
from collections.abc import Iterable
from typing import TypedDict

KEPT = 256

# A compact JWS starts with a JSON object in base64url: "ey" after "{" and a quote or a space, "ew"
# after "{" and a line break or a tab.
_TOKEN = re.compile(r"\b(e[wy][\w-]*\.[\w-]*)\.[\w=-]+")
_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
CUT = "…"


class Arrival(TypedDict):
    """One request as it reached the backend."""

    method: str
    target: str
    headers: list[list[str]]


class Arrivals:
    """The last ``KEPT`` requests by request id."""

    def __init__(self) -> None:
        self._kept: deque[tuple[str, Arrival]] = deque(maxlen=KEPT)

    def keep(self, method: str, target: str, headers: Iterable[tuple[str, str]]) -> None:
        """Keep a request under each of its X-Request-Id headers. Without one it is not kept."""
        kept = [[name, _cut(name, value)] for name, value in headers]
        arrival: Arrival = {"method": method, "target": cut_signature(target), "headers": kept}
        for request_id in {value for name, value in kept if name.lower() == "x-request-id"}:
            self._kept.append((request_id, arrival))

    def of(self, request_id: str) -> list[Arrival]:
        """Every request with this id."""
        return [arrival for kept_id, arrival in self._kept if kept_id == request_id]


def _cut(name: str, value: str) -> str:
    cut = cut_signature(value)
    if name.lower() == "cookie":
        return CUT
    if name.lower() not in _CREDENTIALS or cut != value:
        return cut
    return f"{value.partition(' ')[0]} {CUT}" if " " in value else CUT


def cut_signature(value: str) -> str:
    """The value with the last part of every token in it replaced."""
    return _TOKEN.sub(rf"\1.{CUT}", value)
