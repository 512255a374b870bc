"""An answer that stays right for a while: what a certificate was allowed, and until when.

Every fact behind an Allow has a last moment: the certificate's dates, the registry's answer, the
revocation list, the token. Until the earliest of them nothing has to be decided again.
"""

from dataclasses import dataclass

from authorizer.answer import Answer
from authorizer.cache import BoundedCache


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """One Allow. ``answer`` is handed out again and again: nobody may change it."""

    answer: Answer
    log_tail: str  # see `authorizer.log.tail`
    decided_at: float  # seconds since the epoch, as are the next
    good_until: float

    def is_good(self, now: float) -> bool:
        # A clock that was set back says nothing about how old this is.
        return self.decided_at <= now < self.good_until


class Admissions:
    """What was allowed to whom. The oldest is forgotten first, and then simply decided anew."""

    def __init__(self, capacity: int = 1024) -> None:
        self._admissions: BoundedCache[tuple[str, str], Admission] = BoundedCache(capacity)

    def get(self, pem: str, stage_arn: str, now: float) -> Admission | None:
        """An admission that is still good."""
        known = self._admissions.get((pem, stage_arn))
        return known if known is not None and known.is_good(now) else None

    def put(self, pem: str, stage_arn: str, admission: Admission) -> None:
        self._admissions.put((pem, stage_arn), admission)
