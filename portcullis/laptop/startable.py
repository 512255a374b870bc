"""What a laptop starts, and ends in reverse order."""

from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from typing import Self


class Startable(ABC):
    """Started by ``async with``; when the block ends, so has every process it started."""

    def __init__(self) -> None:
        self._exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as started:
            await self._start(started)
            self._exit = started.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._exit.aclose()

    @abstractmethod
    async def _start(self, started: AsyncExitStack) -> None:
        """Start everything; ``started`` ends what has started when a later part fails."""
