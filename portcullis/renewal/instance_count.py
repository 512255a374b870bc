"""Counts renewals in the memory of one function instance, where no table counts for all of them.

One client that renews in a loop meets few instances: Lambda starts another one only while the
others are busy. So this bounds a loop, but it is not an exact limit: each instance counts by
itself, and forgets the count at its end.
"""

from datetime import UTC, datetime


class InstanceCount:
    """The renewals of each client on the present day (UTC)."""

    def __init__(self) -> None:
        self._day = ""
        self._counts: dict[str, int] = {}

    def count(self, client_id: str, most: int, *, now: float) -> bool:
        """Whether this renewal is within the client's day; counted if so."""
        day = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"
        if day != self._day:
            self._day, self._counts = day, {}
        before = self._counts.get(client_id, 0)
        self._counts[client_id] = min(before + 1, most)
        return before < most
