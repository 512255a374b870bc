"""The emulator's address is known before it starts; it starts once and ends with the laptop."""

import asyncio
import contextlib
import os
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from portcullis.laptop.emulator import LaptopEmulator
from portcullis.laptop.state_directory import StateDirectory


def processes_working_below(directory):
    """The ids of the processes whose working directory is below this one."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile, or belongs to another user
            if (process / "cwd").readlink().is_relative_to(directory):
                found.add(int(process.name))
    return found


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


async def started_below(directory):
    while not (found := processes_working_below(directory)):  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0.01)
    return found


@pytest.mark.parametrize("is_needed", [False, True])
def test_one_that_is_prepared_listens_only_when_it_is_needed(tmp_path, is_needed):
    async def run():
        state = StateDirectory(tmp_path)
        state.make()
        async with AsyncExitStack() as started:
            emulator = LaptopEmulator(state, started)
            emulator.prepare()
            prepared = await started_below(tmp_path)
            port = urlsplit(emulator.endpoint_url).port
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            if is_needed:
                assert {(await emulator.running()).process.pid} == prepared
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
        assert not processes_working_below(tmp_path)

    asyncio.run(run())


def test_one_that_is_not_needed_leaves_no_process(tmp_path):
    async def run():
        state = StateDirectory(tmp_path)
        state.make()
        async with AsyncExitStack() as started:
            LaptopEmulator(state, started).begin()
            await started_below(tmp_path)
        assert not processes_working_below(tmp_path)

    asyncio.run(run())
