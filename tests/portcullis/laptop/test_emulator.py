"""The emulator's address is known before it starts; it starts once and ends with the laptop."""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from portcullis.laptop.emulator import LaptopEmulator
from portcullis.laptop.state_directory import StateDirectory


def children_of_this_process():
    """Not what they started: a laptop of other tests may replace a process at any time."""
    threads = Path("/proc/self/task").iterdir()
    return {int(pid) for thread in threads for pid in (thread / "children").read_text().split()}


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


@pytest.mark.parametrize("is_needed", [False, True])
def test_one_that_is_prepared_listens_only_when_it_is_needed(tmp_path, is_needed):
    async def run():
        state = StateDirectory(tmp_path)
        state.make()
        before = children_of_this_process()
        async with AsyncExitStack() as started:
            emulator = LaptopEmulator(state, started)
            emulator.prepare()
            while children_of_this_process() == before:  # noqa: ASYNC110 - a process has no event
                await asyncio.sleep(0.01)
            prepared = children_of_this_process() - before
            port = urlsplit(emulator.endpoint_url).port
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            if is_needed:
                assert {(await emulator.running()).process.pid} == prepared
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
        assert not prepared & children_of_this_process()

    asyncio.run(run())


def test_one_that_is_not_needed_leaves_no_process(tmp_path):
    async def run():
        state = StateDirectory(tmp_path)
        state.make()
        async with AsyncExitStack() as started:
            LaptopEmulator(state, started).begin()
            before = children_of_this_process()
            while children_of_this_process() == before:  # noqa: ASYNC110 - a process has no event
                await asyncio.sleep(0.01)
        assert children_of_this_process() <= before

    asyncio.run(run())
