"""Signs the CRLs of all generations of the client authority: each answers for its certificates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509

from portcullis.errors import PortcullisError
from portcullis.pki import atomic, hierarchy
from portcullis.pki.clock import moment
from portcullis.pki.generations import Generation
from portcullis.pki.inventory import Inventory, IssuedCertificate
from portcullis.pki.revocation import CRL_LIFETIME, RevocationEntry, RevocationReason


@dataclass(frozen=True, kw_only=True)
class SignedList:
    """``crl`` is None where a replaced authority can no longer sign; ``problem`` says why."""

    generation: Generation
    crl: x509.CertificateRevocationList | None
    problem: str = ""


def revoke(
    inventory: Inventory,
    certificates: Sequence[IssuedCertificate],
    reason: RevocationReason,
    *,
    lifetime: timedelta = CRL_LIFETIME,
) -> list[SignedList]:
    """Revoke certificates of any generation. Call it under ``atomic.exclusive``.

    Raises:
        PkiError: an authority that issued one of them cannot sign; then nothing is revoked.
    """
    concerned = {one.generation.id: one.generation for one in certificates}
    authorities = {
        id_: hierarchy.load_files(generation.files).issuing for id_, generation in concerned.items()
    }
    return [
        SignedList(
            generation=generation,
            crl=inventory.publish(
                generation,
                authorities[id_],
                [
                    RevocationEntry.now(one.certificate.serial_number, reason)
                    for one in certificates
                    if one.generation.id == id_
                ],
                lifetime=lifetime,
            ),
        )
        for id_, generation in concerned.items()
    ]


def sign_all(
    inventory: Inventory,
    *,
    lifetime: timedelta = CRL_LIFETIME,
    due_within: timedelta | None = None,
    now: datetime | None = None,
) -> list[SignedList]:
    """Sign every list, or only those that are due. Call it under ``atomic.exclusive``.

    Raises:
        PortcullisError: the present authority cannot sign. A replaced one that cannot does not stop
            the others.
    """
    now = moment(now)
    signed = []
    for generation in inventory.generations:
        if generation.has_ended(now) and not generation.is_current:
            continue
        if due_within is not None and next_update(generation) > now + due_within:
            continue
        try:
            authority = hierarchy.load_files(generation.files, now).issuing
            # A key in AWS KMS may turn out to be gone only when it signs.
            crl = inventory.publish(generation, authority, lifetime=lifetime, now=now)
        except PortcullisError as error:
            if generation.is_current:
                raise
            signed.append(SignedList(generation=generation, crl=None, problem=str(error)))
        else:
            signed.append(SignedList(generation=generation, crl=crl))
    return signed


def next_update(generation: Generation) -> datetime:
    """When the next CRL of that authority is due; the beginning of time without one."""
    never = datetime.min.replace(tzinfo=UTC)
    if not generation.files.crl.exists():
        return never
    try:
        crl = x509.load_pem_x509_crl(atomic.read(generation.files.crl))
    except ValueError:
        return never
    return crl.next_update_utc or never
