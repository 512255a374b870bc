"""The emulator's address is known before it starts; it starts once and ends with the laptop."""

import asyncio
import os
from contextlib import AsyncExitStack

import pytest

from portcullis.laptop.emulator import LaptopEmulator
from portcullis.laptop.state_directory import StateDirectory


def test_it_starts_at_its_address_once_and_ends_with_the_exit_stack(tmp_path):
    async def run():
        state = StateDirectory(tmp_path)
        state.make()
        async with AsyncExitStack() as started:
            emulator = LaptopEmulator(state, started)
            address = emulator.endpoint_url
            first, second = await asyncio.gather(emulator.running(), emulator.running())
            assert first is second
            assert first.endpoint_url == address
            pid = first.process.pid
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    asyncio.run(run())
