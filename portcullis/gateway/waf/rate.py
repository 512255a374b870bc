"""Counts requests per source over a sliding window.

AWS WAF samples rates every few seconds and may act up to a minute late. This counts to the second,
so a laptop blocks the first request over the limit.
"""

import math
from collections import OrderedDict, deque
from collections.abc import Callable

MAX_SOURCES = 10_000  # AWS WAF tracks this many sources per rule instance
WINDOWS_SECONDS = frozenset({60, 120, 300, 600})
MIN_LIMIT = 10


class RateCounter:
    """Counts the requests of each source within the window, this one included."""

    def __init__(self, limit: int, window_seconds: int, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._window = window_seconds
        self._clock = clock
        self._sources: OrderedDict[object, _Seconds] = OrderedDict()

    def exceeded(self, source: object) -> bool:
        """Counts one request of this source and returns whether it is over the limit."""
        seconds = self._sources.get(source)
        if seconds is None:
            seconds = self._sources[source] = _Seconds()
            if len(self._sources) > MAX_SOURCES:
                self._sources.popitem(last=False)  # the source with the oldest last request
        else:
            self._sources.move_to_end(source)
        return seconds.count(self._clock(), self._window) > self._limit


class _Seconds:
    """Requests by second; at most one entry for each second of the window."""

    __slots__ = ("_arrivals", "_total")

    def __init__(self) -> None:
        self._arrivals: deque[list[int]] = deque()
        self._total = 0

    def count(self, now: float, window_seconds: int) -> int:
        second = math.floor(now)
        arrivals = self._arrivals
        while arrivals and arrivals[0][0] <= second - window_seconds:
            self._total -= arrivals.popleft()[1]
        if arrivals and arrivals[-1][0] >= second:  # a clock that goes back counts as stopped
            arrivals[-1][1] += 1
        else:
            arrivals.append([second, 1])
        self._total += 1
        return self._total
