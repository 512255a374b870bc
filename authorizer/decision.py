"""Values in, answer out: may this certificate pass, and as which client?"""

from authorizer.certificate import ClientCertificate
from authorizer.reasons import Reason, RefusedError
from authorizer.registry import Client, ClientStatus, Registry


def decide(
    certificate: ClientCertificate,
    registry: Registry,
    *,
    now: float,
    clock_skew_seconds: int = 0,
) -> Client:
    """The client that this certificate stands for at this moment.

    Raises:
        RefusedError: any other outcome; the caller gets a 403.
        FailedError: the registry could not answer; the caller gets a 500.
    """
    if now < certificate.not_before - clock_skew_seconds:
        raise RefusedError(Reason.NOT_YET_VALID, "before the certificate's first moment")
    if now > certificate.not_after + clock_skew_seconds:
        raise RefusedError(Reason.EXPIRED, "after the certificate's last moment")
    if certificate.fault is not None:
        raise RefusedError(certificate.fault, certificate.fault_detail)
    if registry.is_revoked(certificate):
        raise RefusedError(Reason.REVOKED, "the certificate is revoked")
    client = registry.identify(certificate)
    if client.status is not ClientStatus.ACTIVE:
        raise RefusedError(Reason.SUSPENDED, "the client is suspended", client_id=client.id)
    if client.pins and certificate.thumbprint not in client.pins:
        raise RefusedError(
            Reason.NOT_PINNED, "the client pins other certificates", client_id=client.id
        )
    return client
