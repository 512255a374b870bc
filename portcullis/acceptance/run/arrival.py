"""Checks the request that reached the backend: the gateway's own headers, nothing forged."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from portcullis.acceptance.forged.jose import decode_part
from portcullis.acceptance.wire.connection import Peer, Presented, TlsVersion, tls_context

ASK_SECONDS = 5.0
REQUEST_ID_HEADER = "x-amzn-RequestId"


@dataclass(frozen=True, kw_only=True)
class ExpectedSender:
    """The sender of a request, and the words that must not reach the backend."""

    client_id: str | None  # None where the client's name is not known
    thumbprint: str
    request_id: str
    source: str
    forged: tuple[str, ...] = ()


def problem_of(arrivals: Any, sender: ExpectedSender) -> str | None:
    """The first difference from the right request; None if there is none.

    ``arrivals`` is the backend's record.
    """
    if not isinstance(arrivals, list) or len(arrivals) != 1:
        count = len(arrivals) if isinstance(arrivals, list) else 0
        return f"{count} calls arrived at the backend with this request id, not one"
    try:
        headers = [(str(name).lower(), str(value)) for name, value in arrivals[0]["headers"]]
    except (KeyError, TypeError, ValueError):
        return "the backend's record has no headers"
    for word in sender.forged:
        if any(word in name or word in value for name, value in headers):
            return f"the forged {word!r} arrived at the backend"
    return (
        _problem_of_thumbprint(headers, sender)
        or _problem_of_token(headers, sender)
        or _problem_of_origin(headers, sender)
    )


def ask(backend: Peer, request_id: str, identity: Presented | None = None) -> Any:
    """The backend's record of the requests with this id; None if it gives none."""
    connection = http.client.HTTPConnection(backend.address, backend.port, timeout=ASK_SECONDS)
    if backend.is_tls:
        connection = http.client.HTTPSConnection(
            backend.address,
            backend.port,
            timeout=ASK_SECONDS,
            context=tls_context(backend, identity, TlsVersion.ANY),
        )
    try:
        connection.request("GET", f"/_arrived/{request_id}")
        answer = connection.getresponse()
        return json.loads(answer.read()).get("arrived")
    except (OSError, http.client.HTTPException, ValueError, AttributeError):
        return None
    finally:
        connection.close()


def _values(headers: list[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in headers if key == name]


def _problem_of_thumbprint(headers: list[tuple[str, str]], sender: ExpectedSender) -> str | None:
    arrived = _values(headers, "x-client-certificate-thumbprint")
    if len(arrived) != 1:
        return f"{len(arrived)} thumbprint headers arrived, not one"
    if arrived[0] != sender.thumbprint:
        return "the thumbprint that arrived is not the caller's"
    return None


def _problem_of_token(headers: list[tuple[str, str]], sender: ExpectedSender) -> str | None:
    arrived = _values(headers, "authorization")
    if len(arrived) != 1:
        return f"{len(arrived)} Authorization headers arrived, not one"
    try:
        claims = decode_part(arrived[0].removeprefix("Bearer ").split(".")[1])
        bound, client_id = claims["cnf"]["x5t#S256"], claims["client_id"]
    except (ValueError, IndexError, KeyError, TypeError):
        return "the Authorization header that arrived does not hold a token of the authorizer"
    if bound != sender.thumbprint:
        return "the token that arrived is bound to another certificate"
    if sender.client_id is not None and client_id != sender.client_id:
        return "the token that arrived names another client"
    return None


def _problem_of_origin(headers: list[tuple[str, str]], sender: ExpectedSender) -> str | None:
    if _values(headers, "x-request-id") != [sender.request_id]:
        return "the request id that arrived is not the gateway's"
    forwarded = ",".join(_values(headers, "x-forwarded-for")).rpartition(",")[2].strip()
    if forwarded != sender.source:
        return "the last X-Forwarded-For address that arrived is not the caller's"
    if _values(headers, "x-forwarded-proto") != ["https"]:
        return "the X-Forwarded-Proto that arrived is not exactly https"
    return None
