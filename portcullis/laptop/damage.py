"""Control actions that stop and start parts: the functions' workers, the backend, the KMS."""

import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from portcullis.gateway.emulator.server import MotoServer
from portcullis.gateway.processes.child import Supervised
from portcullis.laptop.control import ControlAction


def commands(
    *,
    workers: Callable[[], list[int]],
    backend: Supervised | None,
    moto: MotoServer,
) -> Mapping[str, ControlAction]:
    """The actions by command name; each returns when it has taken effect.

    A backend that was started elsewhere (None) has no actions.
    """

    def kms() -> list[int]:
        return [pid for pid in (moto.process.pid,) if pid is not None]

    return {
        "kill-authorizer": _signal(signal.SIGKILL, workers),
        "pause-authorizer": _signal(signal.SIGSTOP, workers),
        "resume-authorizer": _signal(signal.SIGCONT, workers),
        **_restarts(backend),
        # SIGSTOP, not SIGKILL: a killed emulator is restarted.
        "stop-kms": _signal(signal.SIGSTOP, kms),
        "start-kms": _signal(signal.SIGCONT, kms),
    }


def _restarts(backend: Supervised | None) -> Mapping[str, ControlAction]:
    if backend is None:
        return {}
    return {"stop-backend": _call(backend.stop), "start-backend": _call(backend.start)}


def _signal(number: signal.Signals, pids: Callable[[], list[int]]) -> ControlAction:
    async def send(_asked: Mapping[str, Any]) -> None:
        for pid in pids():
            with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
                os.kill(pid, number)

    return send


def _call(action: Callable[[], Awaitable[None]]) -> ControlAction:
    async def run(_asked: Mapping[str, Any]) -> None:
        await action()

    return run
