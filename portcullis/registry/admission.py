"""What the authorizer says about a certificate by itself, before it looks the client up."""

import time
from typing import NamedTuple, NoReturn

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer import certificate as certificates
from authorizer.decision import decide
from authorizer.event import MAX_PEM_LENGTH
from authorizer.reasons import Reason, RefusedError


class CertificateRefusal(NamedTuple):
    reason: Reason
    detail: str


class _NotRefusedError(Exception):
    """The authorizer came to the registry."""


def refusal_of(
    certificate: x509.Certificate, *, now: float | None = None
) -> CertificateRefusal | None:
    """Why the authorizer refuses this certificate for every client; None if it does not.

    ``now`` is in seconds since the epoch. The setting certificateClockSkewSeconds may allow a call
    a few minutes outside the validity dates.
    """
    pem = certificate.public_bytes(Encoding.PEM).decode("ascii")
    if len(pem) > MAX_PEM_LENGTH:
        return CertificateRefusal(Reason.MALFORMED_EVENT, "its PEM must not be longer than 16 KB")
    try:
        decide(
            certificates.parse(pem),
            _look_up,
            now=time.time() if now is None else now,
            clock_skew_seconds=0,
            crl_grace_seconds=None,
        )
    except RefusedError as refused:
        return CertificateRefusal(refused.reason, refused.detail)
    except _NotRefusedError:
        return None
    raise AssertionError("the authorizer looks up every certificate that it accepts")


def _look_up() -> NoReturn:
    raise _NotRefusedError
