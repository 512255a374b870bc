"""Runs a start until Ctrl-C, SIGTERM or its own end, and returns the exit code."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

from portcullis.cli.step_display import StepDisplay
from portcullis.errors import ExitCode


async def until_stopped(
    start: Callable[[asyncio.Event], Awaitable[int]],
    display: StepDisplay,
    *,
    ends_by_itself: bool = False,
) -> int:
    """Run ``start`` with an event that a signal sets.

    A signal before it is ready, or one that ends by itself, is a failure: it is cancelled.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    running = asyncio.ensure_future(start(stop))
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        if display.is_ready and not ends_by_itself:
            stop.set()
        else:
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        return await running
    except asyncio.CancelledError:
        if not interrupted:
            raise
        display.stopped()
        return ExitCode.FAILED
