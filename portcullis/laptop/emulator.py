"""The AWS emulator of one laptop: its address is known before it starts, and it starts once."""

import asyncio
import contextlib
from collections.abc import Mapping
from contextlib import AsyncExitStack

from portcullis.gateway.emulator.planted_keys import PlantedKey
from portcullis.gateway.emulator.server import MotoServer
from portcullis.gateway.processes.child import ProcessError
from portcullis.laptop.ports import HOST, free_port
from portcullis.laptop.state_directory import StateDirectory


class LaptopEmulator:
    """KMS and DynamoDB. ``started`` stops the server.

    Its socket listens soon after ``running`` was called first, so a program that calls it early
    waits for its answer instead of failing.
    """

    def __init__(self, state: StateDirectory, started: AsyncExitStack) -> None:
        self._state = state
        self._started = started
        self._port = free_port(HOST)
        self._preparing: asyncio.Task[MotoServer] | None = None
        self._starting: asyncio.Task[MotoServer] | None = None
        self._keys: dict[str, PlantedKey] = {}

    @property
    def endpoint_url(self) -> str:
        return f"http://{HOST}:{self._port}"

    def prepare(self) -> None:
        """Start its process in the background; it does not listen before ``begin``."""
        if self._preparing is None:
            self._preparing = asyncio.create_task(
                MotoServer.prepared(
                    state_directory=self._state.run / "moto",
                    log_file=self._state.logs / "moto.log",
                    port=self._port,
                )
            )
            self._started.push_async_callback(self._end, self._preparing)

    def hold(self, key: PlantedKey) -> None:
        """Have KMS hold this key from its start. One that has started stays as it is."""
        self._keys[key.arn] = key

    def begin(self) -> None:
        """Start it in the background; ``running`` reports a failure."""
        self.prepare()
        if self._starting is None:
            assert self._preparing is not None  # noqa: S101 - prepared above
            self._starting = asyncio.create_task(_listening(self._preparing, self._keys))

    async def running(self) -> MotoServer:
        """The server, started by the first call. Raises ProcessError if it does not start."""
        self.begin()
        assert self._starting is not None  # noqa: S101 - begun above
        return await self._starting

    async def _end(self, preparing: asyncio.Task[MotoServer]) -> None:
        for task in (self._starting, preparing):
            if task is not None:
                task.cancel()  # has no effect on one that has ended
                with contextlib.suppress(asyncio.CancelledError, ProcessError):
                    await task
        if not preparing.cancelled() and preparing.exception() is None:
            await preparing.result().stop()


async def _listening(
    preparing: asyncio.Task[MotoServer], keys: Mapping[str, PlantedKey]
) -> MotoServer:
    server = await preparing
    await server.listen(keys.values())
    return server
