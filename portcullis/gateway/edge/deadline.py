"""One timer for the deadlines of a connection, most of which move before they pass."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls ``passed`` when the deadline that was set last has passed.

    A timer for each deadline would be made and cancelled for every request. This one is set anew
    only where a deadline comes earlier than it, or when it wakes too early.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, passed: Callable[[], None]) -> None:
        self._loop = loop
        self._passed: Callable[[], None] | None = passed
        self._at: float | None = None  # of the loop's clock
        self._timer: asyncio.TimerHandle | None = None

    def set(self, at: float) -> None:
        self._at = at
        timer = self._timer
        if timer is not None:
            if timer.when() <= at:
                return
            timer.cancel()
        self._timer = self._loop.call_at(at, self._wake)

    def clear(self) -> None:
        """Wait for nothing, until the next ``set``."""
        self._at = None

    def close(self) -> None:
        """For good: a connection that is gone is not kept until the garbage is collected."""
        self._at = None
        self._passed = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        self._timer = None
        if self._at is None or self._passed is None:
            return
        if self._loop.time() < self._at:
            self._timer = self._loop.call_at(self._at, self._wake)
        else:
            self._at = None
            self._passed()
