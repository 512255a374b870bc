"""The AWS emulator of one laptop: its address is known before it starts, and it starts once."""

import asyncio
from contextlib import AsyncExitStack

from portcullis.gateway.emulator.server import MotoServer
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
        self._starting: asyncio.Task[MotoServer] | None = None

    @property
    def endpoint_url(self) -> str:
        return f"http://{HOST}:{self._port}"

    async def running(self) -> MotoServer:
        """The server, started by the first call. Raises ProcessError if it does not start."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        return await self._starting

    async def _start(self) -> MotoServer:
        server = await MotoServer.start(
            state_directory=self._state.run / "moto",
            log_file=self._state.logs / "moto.log",
            port=self._port,
        )
        self._started.push_async_callback(server.stop)
        return server
