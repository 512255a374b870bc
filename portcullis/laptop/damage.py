"""Control actions that stop and start parts: the functions' workers, the backend, the KMS."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from portcullis.errors import PortcullisError
from portcullis.gateway.emulator.server import MotoServer
from portcullis.gateway.functions.worker import Worker, WorkerState
from portcullis.gateway.processes.child import Supervised
from portcullis.laptop.control import ControlAction

WAIT_SECONDS: Final = 120.0  # a worker that was killed needs long to start on a busy machine
POLL_SECONDS: Final = 0.005


class NeverHappenedError(PortcullisError):
    """What an action waits for did not happen in time."""


def commands(
    *,
    workers: Callable[[], Sequence[Worker]],
    backend: Supervised | None,
    moto: MotoServer,
) -> Mapping[str, ControlAction]:
    """The actions by command name; each returns when it has taken effect.

    A backend that was started elsewhere (None) has no actions.
    """

    def pids() -> list[int]:
        return [worker.pid for worker in workers() if worker.pid is not None]

    def kms() -> list[int]:
        return [pid for pid in (moto.process.pid,) if pid is not None]

    async def await_workers(_asked: Mapping[str, Any]) -> None:
        """Return once every worker takes calls: a deploy waits for the first of them only."""
        await _until(lambda: _is_settled(workers()))

    async def await_call(_asked: Mapping[str, Any]) -> None:
        """Return once a worker has a call."""
        await _until(lambda: any(worker.has_call for worker in workers()))

    async def pause(_asked: Mapping[str, Any]) -> None:
        """Stop the workers that have no call: the next call is given to one of them, and hangs."""
        await await_workers({})
        idle = [worker.pid for worker in workers() if worker.state is WorkerState.READY]
        _send(signal.SIGSTOP, [pid for pid in idle if pid is not None])

    restarts: dict[str, ControlAction] = {}
    if backend is not None:
        restarts = {"stop-backend": _call(backend.stop), "start-backend": _call(backend.start)}
    return {
        "await-call": await_call,
        "await-workers": await_workers,
        "kill-authorizer": _signal(signal.SIGKILL, pids),
        "pause-authorizer": pause,
        "resume-authorizer": _signal(signal.SIGCONT, pids),
        **restarts,
        # SIGSTOP, not SIGKILL: a killed emulator is restarted.
        "stop-kms": _signal(signal.SIGSTOP, kms),
        "start-kms": _signal(signal.SIGCONT, kms),
    }


def _is_settled(workers: Sequence[Worker]) -> bool:
    """A worker is ready for a call, and the others have one: none would be ready in a moment."""
    ready = [worker.state is WorkerState.READY for worker in workers]
    return any(ready) and all(
        is_ready or worker.has_call for is_ready, worker in zip(ready, workers, strict=True)
    )


async def _until(condition: Callable[[], bool]) -> None:
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while not condition():  # noqa: ASYNC110 - a worker's state has no event
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise NeverHappenedError(
            f"within {WAIT_SECONDS:g} seconds no worker was in the state that it waits for"
        ) from None


def _signal(number: signal.Signals, pids: Callable[[], list[int]]) -> ControlAction:
    async def send(_asked: Mapping[str, Any]) -> None:
        _send(number, pids())

    return send


def _send(number: signal.Signals, pids: Sequence[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            os.kill(pid, number)


def _call(action: Callable[[], Awaitable[None]]) -> ControlAction:
    async def run(_asked: Mapping[str, Any]) -> None:
        await action()

    return run
