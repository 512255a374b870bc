"""Parses the event of a REQUEST authorizer of a REST API, strictly.

Sources: API Gateway Developer Guide, "Input to an API Gateway Lambda authorizer" and "How to turn
on mutual TLS authentication for your REST APIs in API Gateway".
"""

import re
from typing import NamedTuple, Self

from authorizer.reasons import Reason, RefusedError

MAX_METHOD_ARN_BYTES = 1600  # above it API Gateway itself answers 414
MAX_REQUEST_ID_LENGTH = 128
MAX_PEM_LENGTH = 16 * 1024  # ours: client certificates have 1 to 4 KB

# The path is the caller's own text; no control character can be part of a request target.
_METHOD_ARN = re.compile(
    r"(?P<stage_arn>arn:aws[a-z-]*:execute-api:[a-z0-9-]{1,32}:[0-9]{12}:[A-Za-z0-9_-]{1,64}"
    r"/[A-Za-z0-9_-]{1,128})/[A-Z]{1,16}/[^\x00-\x1f\x7f]*"
)
_REQUEST_ID = re.compile(rf"[\x21-\x7e]{{1,{MAX_REQUEST_ID_LENGTH}}}")


class AuthorizerRequest(NamedTuple):
    """What a decision reads of the event. Headers, path and query are ignored.

    ``method`` and ``route`` are for the log alone; empty where the event has no text there.
    """

    request_id: str
    stage_arn: str  # arn:aws:execute-api:region:account:api/stage
    client_certificate_pem: str | None
    method: str = ""
    route: str = ""  # as the contract writes it, such as /orders/{orderId}

    @classmethod
    def parse(cls, event: object) -> Self:
        """Read the event.

        Raises:
            RefusedError: ``malformed_event``; the caller gets a 403.
        """
        if not isinstance(event, dict):
            raise _malformed("the event must be an object")
        if event.get("type") != "REQUEST":
            raise _malformed("type must be REQUEST")
        if event.get("version") is not None:
            # The stages and answers of HTTP APIs follow other rules.
            raise _malformed("version is set: only HTTP APIs send one")
        request_context = event.get("requestContext")
        if not isinstance(request_context, dict):
            raise _malformed("requestContext must be an object")
        request_id = request_context.get("requestId")
        if not isinstance(request_id, str) or not _REQUEST_ID.fullmatch(request_id):
            raise _malformed("requestContext.requestId must be 1 to 128 printable characters")
        return cls(
            request_id=request_id,
            stage_arn=_stage_arn(event.get("methodArn")),
            client_certificate_pem=_client_certificate_pem(request_context.get("identity")),
            method=_text(event.get("httpMethod")),
            route=_text(event.get("resource")),
        )


def request_id_of(event: object) -> str:
    """The request id for the log line; an empty string where it is missing or not printable."""
    request_context = event.get("requestContext") if isinstance(event, dict) else None
    request_id = request_context.get("requestId") if isinstance(request_context, dict) else None
    if isinstance(request_id, str) and _REQUEST_ID.fullmatch(request_id):
        return request_id
    return ""


def _stage_arn(method_arn: object) -> str:
    if not isinstance(method_arn, str) or len(method_arn) > MAX_METHOD_ARN_BYTES:
        raise _malformed("methodArn must be a string of at most 1600 bytes")
    match = _METHOD_ARN.fullmatch(method_arn)
    if match is None:
        raise _malformed("methodArn must be arn:aws:execute-api:region:account:api/stage/METHOD/…")
    return match["stage_arn"]


def _client_certificate_pem(identity: object) -> str | None:
    if not isinstance(identity, dict):
        raise _malformed("requestContext.identity must be an object")
    client_certificate = identity.get("clientCert")
    if client_certificate is None:
        return None
    if not isinstance(client_certificate, dict):
        raise _malformed("clientCert must be an object")
    pem = client_certificate.get("clientCertPem")
    if not isinstance(pem, str):
        raise _malformed("clientCertPem must be a string")
    if len(pem) > MAX_PEM_LENGTH:
        raise _malformed("clientCertPem must not be longer than 16 KB")
    return pem


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _malformed(detail: str) -> RefusedError:
    return RefusedError(Reason.MALFORMED_EVENT, detail)
