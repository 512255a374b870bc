"""Builds the answer to API Gateway: an Allow with a token in its context, or an explicit Deny.

Source: API Gateway Developer Guide, "Output from an API Gateway Lambda authorizer". A context value
may be mapped into a header of the backend call, so it must be printable ASCII.
"""

import re
from typing import Any

from authorizer.certificate import ClientCertificate
from authorizer.reasons import FailedError, Reason
from authorizer.registry import RegisteredClient

MAX_CONTEXT_VALUE_LENGTH = 8192  # all headers of a call together may have 10,240 bytes
UNKNOWN_PRINCIPAL = "unknown"

_CONTEXT_VALUE = re.compile(rf"[\x20-\x7e]{{1,{MAX_CONTEXT_VALUE_LENGTH}}}")

Answer = dict[str, Any]


def allow(
    client: RegisteredClient,
    certificate: ClientCertificate,
    token: str,
    policy: dict[str, Any],
    usage_identifier_key: str | None = None,
    *,
    client_cert_header: bool = False,
) -> Answer:
    """The answer for every method that the policy names.

    With ``client_cert_header`` the context holds the certificate, for the header Client-Cert.
    """
    context = {
        "authorization": f"Bearer {token}",
        "clientId": client.id,
        "scope": " ".join(client.scopes),
        "certificateThumbprint": certificate.thumbprint,
        "reason": str(Reason.OK),
    }
    if client_cert_header:
        context["clientCert"] = certificate.byte_sequence
    answer = _answer(client.id, policy, context)
    if usage_identifier_key is not None:
        answer["usageIdentifierKey"] = usage_identifier_key
    return answer


def deny(
    reason: Reason, *, client_id: str | None = None, certificate: ClientCertificate | None = None
) -> Answer:
    """An explicit Deny for every method: the reasons do not depend on the path."""
    context = {"reason": str(reason)}
    if client_id is not None:
        context["clientId"] = client_id
    if certificate is not None:
        context["certificateThumbprint"] = certificate.thumbprint
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": "*"}],
    }
    return _answer(client_id or UNKNOWN_PRINCIPAL, policy, context)


def _answer(principal_id: str, policy: dict[str, Any], context: dict[str, str]) -> Answer:
    for name, value in context.items():
        # API Gateway does not map an empty value, and would then pass on the caller's own header.
        if not _CONTEXT_VALUE.fullmatch(value):
            raise FailedError(
                Reason.INTERNAL_ERROR,
                f"context value {name} must be 1 to 8192 printable characters",
            )
    return {"principalId": principal_id, "policyDocument": policy, "context": context}
