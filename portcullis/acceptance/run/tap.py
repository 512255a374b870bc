"""What the gateway sent to the backend, from the recording tap of a running laptop.

A record holds the real token. It stays in memory, and no log or report contains it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.acceptance.errors import ControlError
from portcullis.acceptance.run.control import Control
from portcullis.acceptance.target.target import Target

COMMAND = "sent"


@dataclass(frozen=True, kw_only=True)
class SentRequest:
    """One request as it went over the wire to the backend."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body_sha256: str
    context: Mapping[str, Any] | None = None  # of a function's event: its requestContext


def sent_requests(target: Target, request_id: str) -> list[SentRequest]:
    """Every request with this X-Request-Id. Raises ControlError if there is no record."""
    assert target.control is not None  # noqa: S101 - the needs of the case were checked
    answer = Control(target.control).ask(COMMAND, request_id=request_id)
    try:
        return [_sent(one) for one in answer["sent"]]
    except (KeyError, TypeError, ValueError):
        raise ControlError(COMMAND, "its answer holds no list of requests") from None


def _sent(described: Any) -> SentRequest:
    return SentRequest(
        method=str(described["method"]),
        target=str(described["target"]),
        headers=tuple((str(name), str(value)) for name, value in described["headers"]),
        body_sha256=str(described["body_sha256"]),
        context=described["context"],
    )
