"""Remembers each Allow until one of the facts behind it may change.

Every fact behind an Allow has an end: the certificate's dates, the registry's answer, the
revocation list, the token. Until the earliest of them the same answer is returned.
"""

from dataclasses import dataclass

from authorizer.answer import Answer
from authorizer.cache import BoundedCache
from authorizer.certificate import ClientCertificate
from authorizer.registry import RegisteredClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """One Allow. ``answer`` is returned many times and must not be changed."""

    answer: Answer
    client: RegisteredClient
    certificate: ClientCertificate
    log_tail: str  # see `authorizer.log.tail`
    decided_at: float  # seconds since the epoch, as are the next
    good_until: float

    def is_good(self, now: float) -> bool:
        # After the clock was set back, the age of this admission is unknown.
        return self.decided_at <= now < self.good_until


class Admissions:
    """The newest admissions, by certificate and stage. One that was dropped is decided anew."""

    def __init__(self, capacity: int = 1024) -> None:
        self._admissions: BoundedCache[tuple[str, str], Admission] = BoundedCache(capacity)

    def get(self, pem: str, stage_arn: str, now: float) -> Admission | None:
        """An admission that is still good."""
        known = self._admissions.get((pem, stage_arn))
        return known if known is not None and known.is_good(now) else None

    def put(self, pem: str, stage_arn: str, admission: Admission) -> None:
        self._admissions.put((pem, stage_arn), admission)
