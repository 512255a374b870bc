"""Children: their output, their restarts, and that none of them outlives its parent."""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import uvloop

from portcullis.gateway.processes.child import (
    Child,
    Command,
    ProcessError,
    Supervised,
    minimal_environment,
)
from tests.portcullis.gateway.processes.liveness import ends, is_alive

LOOPS = [
    pytest.param(uvloop.new_event_loop, id="uvloop"),
    pytest.param(asyncio.new_event_loop, id="asyncio"),
]


@pytest.fixture
def command(tmp_path):
    def make(code: str, **options) -> Command:
        return Command(
            name="child",
            arguments=(sys.executable, "-u", "-c", textwrap.dedent(code)),
            environment=minimal_environment(tmp_path) | options.pop("environment", {}),
            log_file=tmp_path / "logs" / "child.log",
            **options,
        )

    return make


def run(main, loop_factory=uvloop.new_event_loop):
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(asyncio.wait_for(main(), 600))


@pytest.mark.parametrize("loop_factory", LOOPS)
def test_output_goes_to_the_log_line_by_line(command, loop_factory):
    asked = command("import sys; print('one'); print('two', file=sys.stderr); print('é', end='')")
    lines = []

    async def main():
        child = await Child.start(asked, lines.append)
        return await child.wait(), child

    status, child = run(main, loop_factory)
    assert status == 0
    assert asked.log_file.read_text() == "one\ntwo\né\n"
    assert lines == [b"one", b"two", "é".encode()]
    assert child.last_lines() == "one\ntwo\né"
    assert not Path(f"/proc/{child.pid}").exists()  # reaped


def test_the_environment_is_only_what_was_given(command, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a person's own")
    monkeypatch.setenv("HOME", "/home/person")
    asked = command("import os; print(sorted(os.environ))", environment={"GIVEN": "1"})

    async def main():
        return await (await Child.start(asked)).wait()

    assert run(main) == 0
    assert (
        asked.log_file.read_text()
        == str(sorted({"GIVEN", *minimal_environment(tmp_path)} | {"LC_CTYPE"} - {"LC_CTYPE"}))
        + "\n"
    )


def test_a_line_without_end_is_cut(command):
    asked = command("print('x' * 300_000, end='')")

    async def main():
        return await (await Child.start(asked)).wait()

    run(main)
    assert asked.log_file.read_text().replace("\n", "") == "x" * 300_000


def test_a_program_that_does_not_exist_fails_with_its_name(command):
    asked = command("")
    absent = Command(
        name="absent", arguments=("/nonexistent",), environment={}, log_file=asked.log_file
    )

    async def main():
        with pytest.raises(ProcessError, match=r"(?s)status 1.*/nonexistent: No such file"):
            await Supervised(absent, announces=True).start()

    run(main)


@pytest.mark.parametrize("loop_factory", LOOPS)
def test_stop_sends_sigterm_and_then_sigkill(command, loop_factory):
    polite = command("import time; print('{}'); time.sleep(60)")
    deaf = command(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('{}');"
        "time.sleep(60)"
    )

    async def main():
        for asked, seconds, expected in (
            (polite, 60, -signal.SIGTERM),
            (deaf, 0.3, -signal.SIGKILL),
        ):
            supervised = Supervised(asked, announces=True, stop_seconds=seconds)
            await supervised.start()
            child = supervised._child
            assert supervised.pid == child.pid
            await supervised.stop()
            assert await child.wait() == expected
            assert supervised.pid is None
            assert not is_alive(child.pid)

    run(main, loop_factory)


def test_a_paused_process_is_stopped_at_once_and_can_be_started_again(command):
    asked = command("import time; print('{}'); time.sleep(60)")

    async def main():
        supervised = Supervised(asked, announces=True, stop_seconds=60)
        await supervised.start()
        first, child = supervised.pid, supervised._child
        os.kill(first, signal.SIGSTOP)
        await supervised.stop()
        assert await child.wait() == -signal.SIGTERM
        await supervised.start()
        assert supervised.pid not in (None, first)
        await supervised.stop()

    run(main)


def test_a_process_that_was_prepared_is_the_one_that_starts(command):
    supervised = Supervised(command("import time; print('{}'); time.sleep(60)"), announces=True)

    async def main():
        await supervised.prepare()
        prepared = supervised._prepared.pid
        await supervised.start()
        started = supervised.pid
        await supervised.stop()
        return prepared, started

    prepared, started = run(main)
    assert prepared == started
    assert not is_alive(started)


def test_a_process_that_was_prepared_in_vain_is_stopped(command):
    async def main():
        supervised = Supervised(command("import time; time.sleep(60)"))
        await supervised.prepare()
        pid = supervised._prepared.pid
        await supervised.stop()
        return pid

    assert not is_alive(run(main))


def test_killing_a_child_kills_its_children(command):
    asked = command(
        """
        import json, subprocess, time
        print(json.dumps({"pid": subprocess.Popen(["sleep", "60"]).pid}))
        time.sleep(60)
        """
    )

    async def main():
        supervised = Supervised(asked, announces=True)
        await supervised.start()
        supervised._child.kill()
        await supervised._child.wait()
        grandchild = supervised.announcement["pid"]
        await supervised.stop()
        return grandchild

    assert ends(run(main))


def test_a_cancelled_start_leaves_no_process(command, tmp_path):
    asked = command("import time; time.sleep(60)", directory=tmp_path)

    async def main():
        for moments in range(6):
            starting = asyncio.create_task(Child.start(asked))
            for _ in range(moments):
                await asyncio.sleep(0)
            starting.cancel()
            try:
                child = await starting
            except asyncio.CancelledError:
                continue
            child.kill()
            await child.wait()

    run(main)
    assert working_in(tmp_path) == []


def test_a_process_of_the_test_is_known_by_its_directory(command, tmp_path):
    async def main():
        child = await Child.start(command("import time; time.sleep(60)", directory=tmp_path))
        while not (found := working_in(tmp_path)):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)
        child.kill()
        await child.wait()
        return child.pid, found

    pid, found = run(main)
    assert found == [pid]


def working_in(directory):
    """The processes whose working directory this is; one that has ended has none."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile, or belongs to another user
            if (process / "cwd").readlink() == directory:
                found.append(int(process.name))
    return found


def test_a_child_has_a_session_of_its_own(command):
    asked = command("import os; print(os.getsid(0) == os.getpid())")

    async def main():
        return await (await Child.start(asked)).wait()

    run(main)
    assert asked.log_file.read_text() == "True\n"


def test_a_dead_process_is_started_again_and_made_ready(command):
    asked = command(
        "import json, os, time; print(json.dumps({'pid': os.getpid()})); time.sleep(60)"
    )

    async def main():
        supervised = Supervised(asked, announces=True)
        await supervised.start()
        first = supervised.announcement["pid"]
        os.kill(first, signal.SIGKILL)
        while supervised.pid in {first, None}:  # noqa: ASYNC110 - a restart has no event
            await asyncio.sleep(0.01)
        assert supervised.announcement["pid"] == supervised.pid != first
        assert supervised.restarts == 1
        last = supervised.pid
        await supervised.stop()
        return first, last

    first, last = run(main)
    assert not is_alive(first)
    assert not is_alive(last)


def test_a_process_that_keeps_dying_is_restarted_more_and_more_slowly(command, tmp_path):
    (tmp_path / "first").touch()
    asked = command(
        """
        import os, sys, time
        with open("tries", "a") as tries: print(time.monotonic(), file=tries)
        if not os.path.exists("first"): sys.exit(3)
        print("{}", flush=True)
        while os.path.exists("first"): time.sleep(0.01)
        """,
        directory=tmp_path,
    )

    async def main():
        supervised = Supervised(asked, announces=True)
        await supervised.start()
        (tmp_path / "first").unlink()  # a process that ends before it is ready would be an error
        while supervised.restarts < 4:  # noqa: ASYNC110 - a restart has no event
            await asyncio.sleep(0.01)
        await supervised.stop()

    run(main)
    tries = [float(line) for line in (tmp_path / "tries").read_text().splitlines()]
    pauses = [after - before for before, after in itertools.pairwise(tries)]
    # The pause between an end and the next start; the time to start comes on top.
    assert all(pause >= least for pause, least in zip(pauses, (0.1, 0.2, 0.4), strict=False))
    assert len(pauses) >= 3


def test_a_process_that_does_not_become_ready_is_killed_and_its_output_shown(command):
    silent = command("import time; print('still waiting'); time.sleep(60)")
    dying = command("raise SystemExit('no configuration')")

    async def never():
        return False

    async def main():
        for seconds in (0.5, 2, 8, 32):  # a busy machine may need longer until it prints
            with pytest.raises(ProcessError, match=f"within {seconds} seconds") as failed:
                await Supervised(silent, announces=True, start_seconds=seconds).start()
            if "still waiting" in str(failed.value):
                break
        assert "still waiting" in str(failed.value)
        with pytest.raises(ProcessError, match=r"(?s)status 1.*no configuration"):
            await Supervised(dying, is_healthy=never).start()

    run(main)


def test_interrupting_the_terminal_s_group_reaches_only_the_parent(tmp_path):
    program = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from portcullis.gateway.processes.child import Command, Supervised, minimal_environment
        scratch = Path(sys.argv[1])
        code = "import signal, sys; print('{}', flush=True); signal.pause()"
        async def main():
            child = Supervised(
                Command(name="child", arguments=(sys.executable, "-c", code),
                        environment=minimal_environment(scratch), log_file=scratch / "log"),
                announces=True,
            )
            await child.start()
            print(child.pid, flush=True)
            try:
                await asyncio.sleep(600)
            finally:
                alive = child.pid is not None
                await child.stop()
                print(alive, flush=True)
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            pass
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as parent:  # fmt: skip
        child = int(parent.stdout.readline())
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.stdout.readline() == "True\n"
        assert parent.wait(300) == 0
    assert ends(child)
    assert "KeyboardInterrupt" not in (tmp_path / "log").read_text()
