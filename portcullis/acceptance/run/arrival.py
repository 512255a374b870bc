"""Checks what was sent to the backend: the gateway's own headers, the body, nothing forged."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509

from portcullis.acceptance.forged.jose import decode_part
from portcullis.acceptance.run.tap import SentRequest
from portcullis.pki import facts

REQUEST_ID_HEADER = "x-amzn-RequestId"
TOKEN_KEY = "authorization"  # in the authorizer's context  # noqa: S105


@dataclass(frozen=True, kw_only=True)
class ExpectedSender:
    """The sender of a request, and the words that must not reach the backend."""

    client_id: str | None  # None where the client's name is not known
    thumbprint: str
    request_id: str
    source: str
    method: str
    body_sha256: str
    forged: tuple[str, ...] = ()


def problem_of(sent: Sequence[SentRequest], sender: ExpectedSender) -> str | None:
    """The first difference from the right request; None if there is none.

    ``sent`` are the requests with the answer's request id.
    """
    if len(sent) != 1:
        return f"{len(sent)} calls arrived at the backend with this request id, not one"
    (request,) = sent
    if request.method != sender.method:
        return f"the method that arrived is {request.method}, not {sender.method}"
    if request.body_sha256 != sender.body_sha256:
        return "the body that arrived is not the one that was sent"
    if request.context is not None:
        return _problem_of_context(request.context, sender)
    headers = [(name.lower(), value) for name, value in request.headers]
    for word in sender.forged:
        if any(word in name or word in value for name, value in headers):
            return f"the forged {word!r} arrived at the backend"
    return (
        _problem_of_thumbprint(headers, sender)
        or _problem_of_client_cert(_values(headers, "client-cert"), sender)
        or _problem_of_token(_values(headers, "authorization"), sender)
        or _problem_of_origin(headers, sender)
    )


def _problem_of_context(context: Mapping[str, Any], sender: ExpectedSender) -> str | None:
    """A function reads the token from requestContext; the headers of its event are the caller's."""
    for word in sender.forged:
        if word in json.dumps(context):
            return f"the forged {word!r} arrived in the function's requestContext"
    try:
        identity, authorizer = context["identity"], context["authorizer"]
        certificate = x509.load_pem_x509_certificate(
            identity["clientCert"]["clientCertPem"].encode()
        )
        source, tokens = identity["sourceIp"], [str(authorizer[TOKEN_KEY])]
    except (KeyError, TypeError, AttributeError, ValueError):
        return "the function's requestContext lacks the certificate, the address or the token"
    if facts.thumbprint(certificate) != sender.thumbprint:
        return "the certificate that arrived is not the caller's"
    if source != sender.source:
        return "the source address that arrived is not the caller's"
    return _problem_of_token(tokens, sender)


def _values(headers: list[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in headers if key == name]


def _problem_of_thumbprint(headers: list[tuple[str, str]], sender: ExpectedSender) -> str | None:
    arrived = _values(headers, "x-client-certificate-thumbprint")
    if len(arrived) != 1:
        return f"{len(arrived)} thumbprint headers arrived, not one"
    if arrived[0] != sender.thumbprint:
        return "the thumbprint that arrived is not the caller's"
    return None


def _problem_of_client_cert(arrived: Sequence[str], sender: ExpectedSender) -> str | None:
    """RFC 9440 section 2.2. Without the setting clientCertHeader no such header arrives."""
    if not arrived:
        return None
    if len(arrived) != 1:
        return f"{len(arrived)} Client-Cert headers arrived, not one"
    try:
        der = base64.b64decode(arrived[0].strip(":"), validate=True)
        is_the_callers = facts.thumbprint(x509.load_der_x509_certificate(der)) == sender.thumbprint
    except ValueError:
        is_the_callers = False
    return None if is_the_callers else "the Client-Cert that arrived is not the caller's"


def _problem_of_token(arrived: Sequence[str], sender: ExpectedSender) -> str | None:
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
