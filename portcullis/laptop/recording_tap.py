"""Keeps the last requests that the gateway sent to the backend, as they went over the wire.

The attack matrix asks for them over the control socket, which only its owner can open. They hold
real tokens, so they are kept in memory and never written to a log or a file.
"""

import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.errors import MisuseError

KEPT_REQUESTS = 256
REQUEST_ID = "x-request-id"


@dataclass(frozen=True, slots=True)
class _Sent:
    head: bytes
    body_bytes: int
    body_sha256: str


class RecordingTap:
    """The last requests whose answer arrived."""

    def __init__(self) -> None:
        self._kept: deque[_Sent] = deque(maxlen=KEPT_REQUESTS)

    def record(self, request: bytes) -> None:
        """Keep the head of a request, and the length and digest of its body."""
        head, _, body = request.partition(b"\r\n\r\n")
        self._kept.append(_Sent(head, len(body), hashlib.sha256(body).hexdigest()))

    def record_event(self, event: Mapping[str, Any]) -> None:
        """Keep what a function behind a Lambda proxy integration may trust, as a request would.

        That is ``requestContext`` and the addresses that the gateway sets; the other headers of
        the event are the caller's own, forged ones too.
        """
        context, headers = event["requestContext"], event["headers"]
        authorizer = context.get("authorizer", {})
        trusted = {
            "Authorization": authorizer.get("authorization"),
            "X-Client-Certificate-Thumbprint": authorizer.get("certificateThumbprint"),
            "X-Request-Id": context["requestId"],
            "X-Forwarded-For": headers.get("X-Forwarded-For"),
            "X-Forwarded-Proto": headers.get("X-Forwarded-Proto"),
        }
        lines = [f"{event['httpMethod']} {event['path']} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in trusted.items() if value is not None]
        body = str(event["body"] or "").encode()
        self.record("\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body)

    async def answer(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """The control command ``sent``: every kept request with this X-Request-Id."""
        request_id = asked.get("request_id")
        if not isinstance(request_id, str) or not request_id:
            raise MisuseError("sent needs request_id: the request id of an answer.")
        found = [_described(sent) for sent in self._kept]
        return {
            "sent": [
                request
                for request in found
                if any(
                    name.lower() == REQUEST_ID and value == request_id
                    for name, value in request["headers"]
                )
            ]
        }


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
    }
