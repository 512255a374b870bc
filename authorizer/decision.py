"""Decides whether a certificate may pass, as which client, and until when."""

import math
from collections.abc import Callable
from typing import NamedTuple

from authorizer import revocations
from authorizer.certificate import ClientCertificate
from authorizer.reasons import Reason, RefusedError
from authorizer.registry import Excerpt, RegisteredClient, RegistrationStatus


class Passed(NamedTuple):
    """The client of the certificate, and the end of the facts that say so."""

    client: RegisteredClient
    good_until: float  # seconds since the epoch


def decide(
    certificate: ClientCertificate,
    look_up: Callable[[], Excerpt],
    *,
    now: float,
    clock_skew_seconds: int,
    crl_grace_seconds: int | None,
) -> Passed:
    """The client of this certificate at this moment.

    Nothing is looked up for a certificate that is refused in any case. ``crl_grace_seconds`` is
    None without revocation lists; with them, a certificate whose issuer has none is denied.

    Raises:
        RefusedError: any other outcome; the caller gets a 403.
        FailedError: the registry or a revocation list could not answer; the caller gets a 500.
    """
    if now < certificate.not_before - clock_skew_seconds:
        raise RefusedError(Reason.NOT_YET_VALID, "the certificate is not valid yet")
    if now > certificate.not_after + clock_skew_seconds:
        raise RefusedError(Reason.EXPIRED, "the certificate has expired")
    if certificate.fault is not None:
        raise RefusedError(certificate.fault, certificate.fault_detail)
    found = look_up()
    list_good_until = math.inf
    if crl_grace_seconds is not None:
        list_good_until = revocations.check(found.listing, now=now, grace_seconds=crl_grace_seconds)
    if found.registry.is_revoked(certificate):
        raise RefusedError(Reason.REVOKED, "the certificate is revoked")
    client = found.registry.identify(certificate)
    if client.status is RegistrationStatus.REVOKED:
        raise RefusedError(Reason.REVOKED, "the client is revoked", client_id=client.id)
    if client.status is not RegistrationStatus.ACTIVE:
        raise RefusedError(Reason.SUSPENDED, "the client is suspended", client_id=client.id)
    if client.pins and certificate.thumbprint not in client.pins:
        raise RefusedError(
            Reason.NOT_PINNED, "the client pins other certificates", client_id=client.id
        )
    return Passed(
        client,
        min(certificate.not_after + clock_skew_seconds, list_good_until, found.good_until),
    )
