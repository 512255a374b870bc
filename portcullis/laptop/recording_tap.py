"""Keeps the last requests that the gateway sent to the backend, as they went over the wire.

For a backend that is a Lambda function these are the events. The attack matrix asks for them over
the control socket, which only its owner can open. They hold real tokens, so they are kept in memory
and never written to a log or a file.
"""

import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from portcullis.errors import MisuseError
from portcullis.gateway.exchange import Functions, InvocationResult

KEPT_REQUESTS = 256
REQUEST_ID = "x-request-id"
_NO_BODY = hashlib.sha256().hexdigest()  # made once: most requests have no body


class _Sent(NamedTuple):
    head: bytes
    body_bytes: int
    body_sha256: str


@dataclass(frozen=True, slots=True)
class _Invoked:
    event: Mapping[str, Any]


class RecordingTap:
    """The last requests whose answer arrived."""

    def __init__(self) -> None:
        self._kept: deque[_Sent | _Invoked] = deque(maxlen=KEPT_REQUESTS)

    def record(self, request: bytes) -> None:
        """Keep the head of a request, and the length and digest of its body."""
        head, _, body = request.partition(b"\r\n\r\n")
        digest = hashlib.sha256(body).hexdigest() if body else _NO_BODY
        self._kept.append(_Sent(head, len(body), digest))

    def record_event(self, event: Mapping[str, Any]) -> None:
        """Keep the event of a Lambda proxy integration."""
        self._kept.append(_Invoked(event))

    async def answer(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """The control command ``sent``: every kept request with this X-Request-Id."""
        request_id = asked.get("request_id")
        if not isinstance(request_id, str) or not request_id:
            raise MisuseError("sent needs request_id: the request id of an answer.")
        found = (
            _invoked(kept.event) if isinstance(kept, _Invoked) else _described(kept)
            for kept in self._kept
        )
        return {"sent": [one for one in found if request_id in _request_ids(one)]}


class TappedFunctions:
    """Records the events of a Lambda proxy integration, and not those of an authorizer."""

    def __init__(self, functions: Functions, tap: RecordingTap) -> None:
        self._functions = functions
        self._tap = tap

    async def invoke(
        self, function_name: str, qualifier: str | None, event: Mapping[str, Any]
    ) -> InvocationResult:
        result = await self._functions.invoke(function_name, qualifier, event)
        if "methodArn" not in event:
            self._tap.record_event(event)
        return result


def _request_ids(described: Mapping[str, Any]) -> list[str]:
    if described["context"] is not None:
        return [str(described["context"].get("requestId"))]
    return [value for name, value in described["headers"] if name.lower() == REQUEST_ID]


def _described(sent: _Sent) -> dict[str, Any]:
    first, *lines = sent.head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    return {
        "method": method,
        "target": target,
        "headers": [[name, value.strip()] for name, _, value in pairs],
        "body_bytes": sent.body_bytes,
        "body_sha256": sent.body_sha256,
        "context": None,
    }


def _invoked(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event; ``context`` is its requestContext, which a function trusts."""
    body = str(event.get("body") or "").encode()
    return {
        "method": event["httpMethod"],
        "target": event["path"],
        "headers": [
            [name, value] for name, values in event["multiValueHeaders"].items() for value in values
        ],
        "body_bytes": len(body),
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "context": event["requestContext"],
    }
