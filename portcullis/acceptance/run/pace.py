"""Keeps the calls of a run below the stack's rates, and chooses the address of each.

A web ACL counts the calls of each source address, so the laptop is called from several. A stage's
throttle counts all calls. Both are used up to a share only, because calls arrive unevenly.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from portcullis.acceptance.target.limits import StackLimits

SHARE: Final = 0.8  # of the web ACL's limit
THROTTLE_SHARE: Final = 0.5  # a request's way to the stage may take longer than the next one's
EXTRA_SECONDS: Final = 2.0  # the web ACL counts by whole seconds


class Pace:
    """One run's calls. Without limits nothing waits; without sources the system chooses them."""

    def __init__(
        self,
        sources: Sequence[str],
        limits: StackLimits | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._calls: dict[str | None, deque[float]] = {source: deque() for source in sources}
        if not sources:
            self._calls[None] = deque()
        self._burst = max(1.0, limits.throttle_burst * THROTTLE_SHARE) if limits else 0.0
        self._tokens = self._burst
        self._at = clock()

    def next_source(self) -> str | None:
        """Wait until one more call is within the rates, and return its source address."""
        if self._limits is None:
            return next(iter(self._calls))
        with self._lock:
            self._wait_for_throttle(self._limits)
            return self._wait_for_source(self._limits)

    def _wait_for_throttle(self, limits: StackLimits) -> None:
        rate = limits.throttle_rate * THROTTLE_SHARE
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * rate)
        if self._tokens < 1:
            self._sleep((1 - self._tokens) / rate)
            now, self._tokens = self._clock(), 1
        self._tokens -= 1
        self._at = now

    def _wait_for_source(self, limits: StackLimits) -> str | None:
        window = limits.rate_window_seconds + EXTRA_SECONDS
        allowed = max(1, int(limits.rate_limit * SHARE))
        while True:
            now = self._clock()
            for source, calls in self._calls.items():
                while calls and calls[0] + window <= now:
                    calls.popleft()
                if len(calls) < allowed:
                    calls.append(now)
                    return source
            self._sleep(min(calls[0] + window for calls in self._calls.values()) - now)
