"""Reads one call: the certificate that the gates passed, and the signing request in its body.

Who is calling is what API Gateway made: the authorizer's context. No header, path or query of the
caller is read. Sources: API Gateway Developer Guide, "Input format of a Lambda function for proxy
integration"; RFC 2986 (PKCS #10); RFC 9440 section 2.1 (the certificate's form in the context).
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer import certificate
from authorizer.certificate import ClientCertificate
from authorizer.event import request_id_of
from authorizer.reasons import RefusedError
from portcullis.pki.errors import CertificateFileError
from portcullis.pki.keys import PublicKey
from portcullis.pki.signing_request import proven_key
from portcullis.renewal.refusal import RenewalRefusedError, RenewalStatus

MAX_REQUEST_LENGTH = 4096  # a request with an RSA key of 4,096 bits has 1,700
_BYTE_SEQUENCE = re.compile(r":([A-Za-z0-9+/]+={0,2}):")
_PEM = re.compile(
    r"\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----[A-Za-z0-9+/=\s]+"
    r"-----END (NEW )?CERTIFICATE REQUEST-----\s*",
    re.ASCII,
)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class RenewalRequest:
    """What API Gateway says about the caller."""

    request_id: str
    client_id: str
    presented: x509.Certificate
    facts: ClientCertificate  # of the same certificate

    @classmethod
    def parse(cls, event: object) -> Self:
        """Read the caller.

        Raises:
            RenewalRefusedError: the event is not one that passed the authorizer.
        """
        context = _member(_member(event, "requestContext"), "authorizer")
        found = _BYTE_SEQUENCE.fullmatch(_text(context, "clientCert"))
        if found is None:
            raise _unproven("the authorizer's context has no certificate")
        try:
            presented = x509.load_der_x509_certificate(base64.b64decode(found[1], validate=True))
            facts = certificate.parse(presented.public_bytes(Encoding.PEM).decode("ascii"))
        except (ValueError, RefusedError) as error:
            raise _unproven(f"its certificate is not readable: {type(error).__name__}") from None
        if facts.thumbprint != _text(context, "certificateThumbprint"):
            raise _unproven("certificate and thumbprint in the authorizer's context differ")
        _check_connection(event, facts)
        return cls(
            request_id=request_id_of(event),
            client_id=_text(context, "clientId"),
            presented=presented,
            facts=facts,
        )


def requested_key(event: Mapping[str, Any], presented: x509.Certificate) -> PublicKey:
    """The key to certify: of the same kinds as `portcullis certs issue --csr` accepts.

    Names, usages and lifetime in the request are ignored.

    Raises:
        RenewalRefusedError: not one request, too large, not signed by its own key, weak, or the
            key of the presented certificate.
    """
    try:
        key = proven_key(_signing_request(event))
    except CertificateFileError as error:
        raise _bad(str(error)) from None
    if key == presented.public_key():
        raise _bad("The signing request has the key of the old certificate. Make a new key.")
    return key


def _signing_request(event: Mapping[str, Any]) -> bytes:
    """The request as PEM."""
    body = event.get("body")
    if not isinstance(body, str) or not body.strip():
        # A client tries its new certificate with such a call: `portcullis certs renew --through`.
        raise RenewalRefusedError(
            RenewalStatus.BAD_REQUEST,
            "no_request",
            "The body must be a certificate signing request, as PEM or as base64 of its DER.",
        )
    if len(body) > 2 * MAX_REQUEST_LENGTH:
        raise _too_large()
    if event.get("isBase64Encoded"):
        try:
            body = base64.b64decode(body, validate=True).decode("ascii")
        except ValueError:  # UnicodeDecodeError is one
            raise _bad("The body must be text: PEM, or base64 of the DER.") from None
    if len(body) > MAX_REQUEST_LENGTH:
        raise _too_large()
    if _PEM.fullmatch(body):
        return body.encode("ascii")
    if not _BASE64.fullmatch(body):
        raise _bad("The body must be one certificate signing request: PEM, or base64 of its DER.")
    try:
        request = x509.load_der_x509_csr(base64.b64decode("".join(body.split()), validate=True))
    except (binascii.Error, ValueError, x509.InvalidVersion):
        raise _bad(
            "The body must be one certificate signing request: PEM, or base64 of its DER."
        ) from None
    return request.public_bytes(Encoding.PEM)


def _check_connection(event: object, facts: ClientCertificate) -> None:
    """The connection's own certificate, where the event has it, is that of the context.

    It would be another one if API Gateway answered a call from the cache entry of another client.
    """
    identity = _member(_member(event, "requestContext"), "identity")
    connection = identity.get("clientCert")
    if connection is None:
        return  # AWS documents it for authorizers only
    try:
        presented = certificate.parse(_text(connection, "clientCertPem"))
    except RefusedError:
        raise _unproven("the connection's certificate is not readable") from None
    if presented.thumbprint != facts.thumbprint:
        raise _unproven("the authorizer's answer is for another certificate than the connection's")


def _member(of: object, name: str) -> Mapping[str, Any]:
    member = of.get(name) if isinstance(of, Mapping) else None
    if not isinstance(member, Mapping):
        raise _unproven(f"the event has no {name}")
    return member


def _text(of: object, name: str) -> str:
    value = of.get(name) if isinstance(of, Mapping) else None
    return value if isinstance(value, str) else ""


def _unproven(detail: str) -> RenewalRefusedError:
    return RenewalRefusedError(
        RenewalStatus.FORBIDDEN,
        "not_authorized",
        "The call did not pass the authorizer.",
        detail=detail,
    )


def _bad(message: str) -> RenewalRefusedError:
    return RenewalRefusedError(RenewalStatus.BAD_REQUEST, "bad_request", message)


def _too_large() -> RenewalRefusedError:
    return RenewalRefusedError(
        RenewalStatus.TOO_LARGE,
        "too_large",
        f"The signing request must have at most {MAX_REQUEST_LENGTH:,} characters.",
    )
