"""The control actions send their signal to the workers and the emulator."""

import asyncio
import contextlib
import signal
import subprocess
import time
from pathlib import Path

import pytest

from portcullis.laptop.damage import commands


class Part:
    """A supervised part of a laptop."""

    def __init__(self, pid=None):
        self.pid, self.calls = pid, []

    async def start(self):
        self.calls.append("start")

    async def stop(self):
        self.calls.append("stop")


class Emulator:
    def __init__(self, pid):
        self.process = Part(pid)


@pytest.fixture
def sleeper():
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        with contextlib.suppress(ProcessLookupError):
            process.kill()


def run(name, *, workers=(), backend=None, emulator=None):
    actions = commands(
        workers=lambda: list(workers), backend=backend or Part(), moto=Emulator(emulator)
    )
    asyncio.run(actions[name]({}))


def is_stopped(pid):
    """Whether SIGSTOP has taken effect."""
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "T"


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_a_worker_is_killed(sleeper):
    run("kill-authorizer", workers=[sleeper.pid])
    assert sleeper.wait(10) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("stop", "resume", "part"),
    [("pause-authorizer", "resume-authorizer", "workers"), ("stop-kms", "start-kms", "emulator")],
)
def test_a_part_is_paused_and_resumed(sleeper, stop, resume, part):
    target = {part: [sleeper.pid] if part == "workers" else sleeper.pid}
    run(stop, **target)
    wait_for(lambda: is_stopped(sleeper.pid))
    run(resume, **target)
    wait_for(lambda: not is_stopped(sleeper.pid))
    assert sleeper.poll() is None


def test_the_backend_is_stopped_and_started():
    backend = Part()
    run("stop-backend", backend=backend)
    run("start-backend", backend=backend)
    assert backend.calls == ["stop", "start"]


def test_a_backend_that_was_started_elsewhere_has_no_actions():
    actions = commands(workers=list, backend=None, moto=Emulator(None))
    assert "stop-kms" in actions
    assert not {"stop-backend", "start-backend"} & set(actions)


@pytest.mark.parametrize("name", ["kill-authorizer", "stop-kms"])
def test_a_part_that_has_ended_is_no_error(name):
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    run(name, workers=[ended.pid], emulator=None)
