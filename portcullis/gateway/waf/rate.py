"""Counting requests per source over a sliding window, driven by a clock that tests can hold.

AWS WAF samples rates every few seconds and may act up to a minute late; this counts exactly, to the
second, so a laptop refuses the first request over the limit.
"""

import math
from collections import OrderedDict, deque
from collections.abc import Callable

MAX_SOURCES = 10_000  # AWS WAF tracks this many sources per rule instance
WINDOWS_SECONDS = frozenset({60, 120, 300, 600})
MIN_LIMIT = 10


class RateCounter:
    """How many requests of one source arrived within the window, the present one included."""

    def __init__(self, limit: int, window_seconds: int, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._window = window_seconds
        self._clock = clock
        self._sources: OrderedDict[object, _Seconds] = OrderedDict()

    def exceeded(self, source: object) -> bool:
        """Count one request of this source; whether the source is now over the limit."""
        seconds = self._sources.get(source)
        if seconds is None:
            seconds = self._sources[source] = _Seconds()
            if len(self._sources) > MAX_SOURCES:
                self._sources.popitem(last=False)  # the source that was quiet for longest
        else:
            self._sources.move_to_end(source)
        return seconds.count(self._clock(), self._window) > self._limit


class _Seconds:
    """Arrivals by the second; never more entries than the window has seconds."""

    __slots__ = ("_arrivals", "_total")

    def __init__(self) -> None:
        self._arrivals: deque[list[int]] = deque()
        self._total = 0

    def count(self, now: float, window_seconds: int) -> int:
        second = math.floor(now)
        arrivals = self._arrivals
        while arrivals and arrivals[0][0] <= second - window_seconds:
            self._total -= arrivals.popleft()[1]
        if arrivals and arrivals[-1][0] >= second:  # a clock that steps back counts as standing
            arrivals[-1][1] += 1
        else:
            arrivals.append([second, 1])
        self._total += 1
        return self._total
