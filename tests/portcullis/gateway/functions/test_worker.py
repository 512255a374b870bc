"""One worker under the real awslambdaric: results, faults, timeouts, restarts."""

import asyncio
import os
import signal

import pytest

from portcullis.gateway.functions.service import FunctionError
from portcullis.gateway.functions.worker import WorkerState
from tests.portcullis.gateway.functions.calling import invoke_once, run


@pytest.mark.parametrize(
    ("event", "error", "words"),
    [
        ({"do": "raise"}, "Unhandled", "no such pet"),
        ({"do": "set"}, "Unhandled", "Unable to marshal response"),
        ({"do": "large"}, "Unhandled", "exceeded"),
        ({"do": "exit"}, "Crash", "exit status 7"),
    ],
)
def test_a_fault_is_a_result_and_the_next_call_works(service, spec, event, error, words):
    async def main():
        async with service(spec(), workers=1) as functions:
            failed = await functions.invoke("authorizer", None, event)
            return failed, await functions.invoke("authorizer", None, {})

    failed, after = run(main)
    assert failed.function_error == error
    assert words in failed.error_message
    assert failed.payload["errorMessage"] == failed.error_message
    assert after.function_error is None


def test_a_function_that_takes_too_long_is_killed(service, spec):
    async def main():
        async with service(spec(timeout_seconds=1.0), workers=1) as functions:
            await functions.ready()
            (pid,) = (worker.pid for worker in functions.workers("authorizer"))
            slow = await functions.invoke("authorizer", None, {"do": "sleep", "seconds": 60})
            await functions.ready()
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
            # A call after it has the same time, which may be too short on a busy machine.
            for _ in range(50):
                after = await functions.invoke("authorizer", None, {})
                if after.function_error is None:
                    break
            return slow, after

    slow, after = run(main)
    assert slow.function_error == "Timeout"
    assert slow.error_message.endswith("Task timed out after 1.00 seconds")
    assert slow.duration_ms > 900
    assert after.function_error is None


def test_a_worker_killed_in_an_invocation_is_a_crash_and_is_replaced(service, spec):
    async def main():
        async with service(spec(), workers=1) as functions:
            await functions.ready()
            (worker,) = functions.workers("authorizer")
            pid = worker.pid
            call = asyncio.create_task(
                functions.invoke("authorizer", None, {"do": "sleep", "seconds": 60})
            )
            while worker.state is not WorkerState.BUSY:  # noqa: ASYNC110 - a call has no event
                await asyncio.sleep(0.01)
            os.kill(pid, signal.SIGKILL)
            crashed = await call
            after = await functions.invoke("authorizer", None, {})
            return pid, crashed, after

    pid, crashed, after = run(main)
    assert crashed.function_error == "Crash"
    assert "signal 9" in crashed.error_message
    assert after.payload["pid"] != pid


@pytest.mark.parametrize("seen", [True, False], ids=["noticed", "in-the-same-moment"])
def test_a_call_after_a_killed_idle_worker_waits_for_the_next(service, spec, seen):
    async def main():
        async with service(spec(), workers=1) as functions:
            await functions.ready()
            (worker,) = functions.workers("authorizer")
            pid = worker.pid
            os.kill(pid, signal.SIGKILL)
            if seen:
                while worker.state is WorkerState.READY:  # noqa: ASYNC110 - an end has no event
                    await asyncio.sleep(0.01)
            else:
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222 - on purpose
            after = await functions.invoke("authorizer", None, {})
            return pid, after

    pid, after = run(main)
    assert after.function_error is None
    assert after.payload["pid"] != pid


@pytest.mark.parametrize(
    ("program", "handler", "words"),
    [
        ("raise RuntimeError('no settings')", "package.app.handler", "no settings"),
        ("import absent", "package.app.handler", "No module named 'absent'"),
        ("def other(): ...", "package.app.handler", "Handler 'handler' missing"),
        ("x = (", "package.app.handler", "Syntax error"),
        ("def handler(e, c): ...", "nowhere.handler", "No module named 'nowhere'"),
        ("import os; os._exit(3)", "package.app.handler", "exit status 3"),
    ],
    ids=["raises", "import", "no-handler", "syntax", "no-module", "exits"],
)
def test_a_function_that_does_not_load_is_an_init_error(service, spec, program, handler, words):
    async def main():
        async with service(spec(program, handler=handler)) as functions:
            result = await functions.invoke("authorizer", None, {})
            with pytest.raises(FunctionError, match="authorizer did not load"):
                await functions.ready(60)
            return result

    result = run(main)
    assert result.function_error == "Init"
    assert words in result.error_message


def test_a_function_that_never_finishes_loading_is_ended(service, spec, monkeypatch):
    monkeypatch.setattr("portcullis.gateway.functions.worker.INIT_SECONDS", 0.3)
    result = invoke_once(service, spec("import time; time.sleep(60)"), {})
    assert result.function_error == "Init"
    assert "Init timed out" in result.error_message


def test_a_function_that_loads_at_last_serves(service, spec, tmp_path):
    marker = tmp_path / "configured"
    program = f"open({str(marker)!r})\ndef handler(e, c): return 'up'"

    async def main():
        async with service(spec(program), workers=1) as functions:
            before = await functions.invoke("authorizer", None, {})
            marker.touch()
            return before, await functions.invoke("authorizer", None, {})

    before, after = run(main)
    assert before.function_error == "Init"
    assert after.payload == "up"


def test_output_goes_to_the_log_with_lambda_s_own_lines(service, spec, tmp_path):
    async def main():
        async with service(spec(), workers=1) as functions:
            await functions.invoke("authorizer", None, {"do": "print", "secret": "the event"})
            await functions.invoke("authorizer", None, {"do": "raise"})

    run(main)
    log = (tmp_path / "logs" / "authorizer.log").read_text()
    lines = log.splitlines()
    assert {"line one", "line two", "to stderr"} <= set(lines)
    assert "[ERROR] ValueError: no such pet" in log
    assert len([line for line in lines if line.startswith("START RequestId: ")]) == 2
    assert len([line for line in lines if line.startswith("REPORT RequestId: ")]) == 2
    assert "the event" not in log
