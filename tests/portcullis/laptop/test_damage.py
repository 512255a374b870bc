"""The control actions send their signal to the workers and the emulator."""

import asyncio
import contextlib
import signal
import subprocess
from pathlib import Path

import pytest

from portcullis.gateway.functions.worker import WorkerState
from portcullis.laptop import damage
from portcullis.laptop.damage import NeverHappenedError, commands
from tests.portcullis.laptop.running import wait_for


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


class Worker:
    """A worker of a function, in a process that sleeps."""

    def __init__(self, pid=None, state=WorkerState.READY, *, has_answered=False):
        self.pid, self.state, self.has_answered = pid, state, has_answered

    @property
    def has_call(self):
        return self.state is WorkerState.BUSY and not self.has_answered


@pytest.fixture
def sleepers():
    with subprocess.Popen(["sleep", "600"]) as one, subprocess.Popen(["sleep", "600"]) as other:
        yield one, other
        for process in (one, other):
            with contextlib.suppress(ProcessLookupError):
                process.kill()


@pytest.fixture
def sleeper(sleepers):
    return sleepers[0]


def run(name, *, workers=(), backend=None, emulator=None):
    actions = commands(
        workers=lambda: list(workers), backend=backend or Part(), moto=Emulator(emulator)
    )
    asyncio.run(actions[name]({}))


def run_while(name, workers, change):
    """Run an action, and change the workers' states once it waits for that."""

    async def both():
        actions = commands(workers=lambda: workers, backend=None, moto=Emulator(None))
        action = asyncio.create_task(actions[name]({}))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not action.done()
        change()
        await action

    asyncio.run(both())


def is_stopped(pid):
    """Whether SIGSTOP has taken effect."""
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "T"


def test_a_worker_is_killed(sleeper):
    run("kill-authorizer", workers=[Worker(sleeper.pid)])
    assert sleeper.wait(300) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("stop", "resume", "part"),
    [("pause-authorizer", "resume-authorizer", "workers"), ("stop-kms", "start-kms", "emulator")],
)
def test_a_part_is_paused_and_resumed(sleeper, stop, resume, part):
    target = {part: [Worker(sleeper.pid)] if part == "workers" else sleeper.pid}
    run(stop, **target)
    wait_for(lambda: is_stopped(sleeper.pid))
    run(resume, **target)
    wait_for(lambda: not is_stopped(sleeper.pid))
    assert sleeper.poll() is None


def test_a_worker_with_a_call_is_not_paused(sleepers):
    idle, busy = sleepers
    run("pause-authorizer", workers=[Worker(busy.pid, WorkerState.BUSY), Worker(idle.pid)])
    wait_for(lambda: is_stopped(idle.pid))
    assert not is_stopped(busy.pid)


@pytest.mark.parametrize("state", [WorkerState.STARTING, WorkerState.DOWN, WorkerState.RESERVED])
def test_a_pause_waits_for_a_worker_that_would_be_ready_later(sleepers, state):
    workers = [Worker(sleepers[0].pid), Worker(sleepers[1].pid, state)]
    run_while("pause-authorizer", workers, lambda: setattr(workers[1], "state", WorkerState.READY))
    wait_for(lambda: all(is_stopped(worker.pid) for worker in workers))


def test_a_pause_waits_for_the_only_worker_to_end_its_call(sleeper):
    workers = [Worker(sleeper.pid, WorkerState.BUSY)]
    run_while("pause-authorizer", workers, lambda: setattr(workers[0], "state", WorkerState.READY))
    wait_for(lambda: is_stopped(sleeper.pid))


def test_a_pause_waits_for_a_worker_that_has_answered_and_does_not_ask_for_the_next_call_yet(
    sleepers,
):
    answered = Worker(sleepers[1].pid, WorkerState.BUSY, has_answered=True)
    workers = [Worker(sleepers[0].pid), answered]
    run_while("pause-authorizer", workers, lambda: setattr(answered, "state", WorkerState.READY))
    wait_for(lambda: all(is_stopped(worker.pid) for worker in workers))


def test_a_call_that_is_answered_is_not_the_one_that_is_awaited():
    workers = [Worker(), Worker(state=WorkerState.BUSY, has_answered=True)]
    run_while("await-call", workers, lambda: setattr(workers[0], "state", WorkerState.BUSY))


def test_a_call_is_awaited_until_a_worker_has_it():
    workers = [Worker(), Worker()]
    run_while("await-call", workers, lambda: setattr(workers[1], "state", WorkerState.BUSY))


@pytest.mark.parametrize("state", [WorkerState.STARTING, WorkerState.DOWN])
def test_the_workers_are_awaited_until_each_takes_calls(state):
    workers = [Worker(), Worker(state=state)]
    run_while("await-workers", workers, lambda: setattr(workers[1], "state", WorkerState.READY))


@pytest.mark.parametrize("name", ["await-call", "await-workers", "pause-authorizer"])
def test_what_does_not_happen_in_time_is_an_error(monkeypatch, name):
    monkeypatch.setattr(damage, "WAIT_SECONDS", 0.01)
    with pytest.raises(NeverHappenedError):
        run(name, workers=[Worker(state=WorkerState.STARTING)])


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
    run(name, workers=[Worker(ended.pid)], emulator=None)
