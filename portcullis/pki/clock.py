"""The moment by which certificates and lists are judged: the system's, or one that is given.

The functions that judge dates take ``now``, and their tests give one. No setting and no environment
variable changes it.
"""

from datetime import UTC, datetime


def moment(now: datetime | None = None) -> datetime:
    """``now``, or the system's time in UTC where none is given."""
    return datetime.now(UTC) if now is None else now
