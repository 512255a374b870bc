"""A signal stops what is ready, and cancels what is not."""

import asyncio
import os
import signal

import pytest

from portcullis.cli.until_stopped import until_stopped
from portcullis.errors import ExitCode


class Display:
    def __init__(self, *, is_ready):
        self.is_ready = is_ready
        self.said = []

    def stopped(self):
        self.said.append("stopped")


def run(display, *, ends_by_itself=False, number=signal.SIGTERM):
    """Start something that waits, and send this process a signal; what it did and its code."""
    seen = []

    async def start(stop):
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)
        try:
            await stop.wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise
        seen.append("stopped")
        return ExitCode.OK

    async def main():
        async with asyncio.timeout(300):
            return await until_stopped(start, display, ends_by_itself=ends_by_itself)

    return seen, asyncio.run(main())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_ready_gateway_is_stopped_and_that_is_a_success(number):
    assert run(Display(is_ready=True), number=number) == (["stopped"], ExitCode.OK)


@pytest.mark.parametrize(
    ("is_ready", "ends_by_itself"), [(False, False), (False, True), (True, True)]
)
def test_a_start_or_an_attack_that_is_interrupted_is_a_failure(is_ready, ends_by_itself):
    display = Display(is_ready=is_ready)
    assert run(display, ends_by_itself=ends_by_itself) == (["cancelled"], ExitCode.FAILED)
    assert display.said == ["stopped"]


def test_what_ends_by_itself_has_its_own_code():
    async def start(_stop):
        return 7

    assert asyncio.run(until_stopped(start, Display(is_ready=False))) == 7


def test_a_cancellation_without_a_signal_is_passed_on():
    async def start(_stop):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(until_stopped(start, Display(is_ready=True)))
