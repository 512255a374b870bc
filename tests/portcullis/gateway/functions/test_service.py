"""Functions under the real awslambdaric: results, deaths, and what a worker can see."""

import asyncio
import os
import signal
import textwrap
import zipfile
from contextlib import asynccontextmanager

import pytest
import uvloop

from portcullis.errors import PortcullisError
from portcullis.gateway.functions.service import FunctionError, LambdaService
from portcullis.gateway.resources.specs import FunctionSpec

PROGRAM = """
    import json, os, sys, time, helper
    STARTED = time.time()

    def handler(event, context):
        match event.get("do"):
            case "raise": raise ValueError("no such pet")
            case "exit": os._exit(7)
            case "sleep": time.sleep(event["seconds"])
            case "set": return {1, 2}
            case "large": return "x" * 7_000_000
            case "print": print("line one\\nline two"); sys.stderr.write("to stderr\\n")
            case "stdin": return sys.stdin.read()
            case "context": return {
                "id": context.aws_request_id, "arn": context.invoked_function_arn,
                "name": context.function_name, "version": context.function_version,
                "memory": context.memory_limit_in_mb,
                "remaining": context.get_remaining_time_in_millis(),
                "trace": os.environ["_X_AMZN_TRACE_ID"],
            }
            case "environment": return dict(os.environ)
            case "path": return {"path": sys.path, "cwd": os.getcwd(), "helper": helper.__file__}
            case "import":
                return __import__(event["module"]).__file__
        return {"pid": os.getpid(), "event": event, "started": STARTED}
"""


@pytest.fixture
def spec(tmp_path):
    def make(program=PROGRAM, *, files=(), **facts) -> FunctionSpec:
        code = tmp_path / f"{facts.get('name', 'authorizer')}.zip"
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("package/app.py", textwrap.dedent(program))
            archive.writestr("helper.py", "")
            for name, content in files:
                archive.writestr(name, content)
        options = {"name": "authorizer", "handler": "package.app.handler", "timeout_seconds": 5.0}
        return FunctionSpec(code=code, **options | facts)

    return make


@pytest.fixture
def service(tmp_path):
    @asynccontextmanager
    async def start(*specs, workers=2, environment=None):
        running = await LambdaService.start(
            specs,
            state_directory=tmp_path / "state",
            log_directory=tmp_path / "logs",
            environment=environment or {},
            region="eu-central-1",
            account_id="000000000000",
            workers=workers,
        )
        try:
            yield running
        finally:
            pids = [pid for s in specs for pid in running.pids(s.name)]
            await running.close()
            for pid in pids:
                with pytest.raises(ProcessLookupError):
                    os.kill(pid, 0)

    return start


def run(main):
    return uvloop.run(asyncio.wait_for(main(), 30))


def invoke_once(service, asked, event, **options):
    async def main():
        async with service(asked, **options) as functions:
            return await functions.invoke("authorizer", None, event)

    return run(main)


def test_a_function_answers_with_what_its_handler_returns(service, spec):
    result = invoke_once(service, spec(), {"a": "é"})
    assert result.function_error is None
    assert result.payload["event"] == {"a": "é"}
    assert 0 < result.duration_ms < 5000


def test_the_context_is_lambda_s(service, spec):
    async def main():
        async with service(spec(qualifiers=frozenset({"live"}), memory_mb=256)) as functions:
            return await functions.invoke("authorizer", "live", {"do": "context"})

    context = run(main).payload
    arn = "arn:aws:lambda:eu-central-1:000000000000:function:authorizer:live"
    assert context["arn"] == arn
    assert (context["name"], context["version"]) == ("authorizer", "$LATEST")
    assert context["memory"] == "256"
    assert 3000 < context["remaining"] <= 5000
    assert context["trace"].startswith("Root=1-")


def test_the_environment_is_the_function_s_and_nothing_of_a_person(service, spec, monkeypatch):
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "PYTHONSTARTUP", "SECRET"):
        monkeypatch.setenv(name, "a person's own")
    asked = spec(environment={"PORTCULLIS_AUDIENCE": "petstore", "_HANDLER": "forged"})
    seen = invoke_once(
        service, asked, {"do": "environment"}, environment={"AWS_REGION": "eu-central-1"}
    ).payload
    assert seen["PORTCULLIS_AUDIENCE"] == "petstore"
    assert seen["AWS_REGION"] == "eu-central-1"
    assert seen["_HANDLER"] == "package.app.handler"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "authorizer"
    assert seen["LAMBDA_TASK_ROOT"]
    assert "a person's own" not in seen.values()
    assert os.environ["HOME"] != seen["HOME"]


def test_modules_load_from_the_zip_before_anything_else(service, spec):
    shadows = [("boto3/__init__.py", ""), ("json/__init__.py", "")]

    async def main():
        async with service(spec(files=shadows[:1])) as functions:
            path = await functions.invoke("authorizer", None, {"do": "path"})
            shadowed = await functions.invoke(
                "authorizer", None, {"do": "import", "module": "boto3"}
            )
            beside = await functions.invoke(
                "authorizer", None, {"do": "import", "module": "botocore"}
            )
            return path.payload, shadowed.payload, beside.payload

    path, shadowed, beside = run(main)
    assert path["path"][0] == path["cwd"]
    assert path["helper"] == path["cwd"] + "/helper.py"
    assert shadowed.startswith(path["cwd"])
    assert "/runtime/botocore/" in beside


@pytest.mark.parametrize("module", ["cryptography", "jwt", "portcullis", "aiohttp"])
def test_a_module_that_the_zip_lacks_is_missing_as_on_aws(service, spec, module):
    result = invoke_once(service, spec(), {"do": "import", "module": module})
    assert result.function_error == "Unhandled"
    assert result.payload["errorType"] == "ModuleNotFoundError"


def test_a_changed_zip_is_a_changed_function(service, spec):
    program = "import pathlib\ndef handler(e, c): return pathlib.Path('data').read_text()"
    one = invoke_once(service, spec(program, files=[("data", "one")]), {})
    two = invoke_once(service, spec(program, files=[("data", "two")]), {})
    assert (one.payload, two.payload) == ("one", "two")


@pytest.mark.parametrize(
    ("event", "error", "words"),
    [
        ({"do": "raise"}, "Unhandled", "no such pet"),
        ({"do": "set"}, "Unhandled", "Unable to marshal response"),
        ({"do": "large"}, "Unhandled", "exceeded"),
        ({"do": "exit"}, "Crash", "exit status 7"),
    ],
)
def test_a_function_s_fault_is_a_result_and_the_next_call_works(service, spec, event, error, words):
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
        async with service(spec(timeout_seconds=0.5), workers=1) as functions:
            await functions.ready()
            (pid,) = functions.pids("authorizer")
            slow = await functions.invoke("authorizer", None, {"do": "sleep", "seconds": 60})
            await functions.ready()
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
            return slow, await functions.invoke("authorizer", None, {})

    slow, after = run(main)
    assert slow.function_error == "Timeout"
    assert slow.error_message.endswith("Task timed out after 0.50 seconds")
    assert 400 < slow.duration_ms < 3000
    assert after.function_error is None


def test_a_worker_killed_in_an_invocation_is_a_crash_and_is_replaced(service, spec):
    async def main():
        async with service(spec(), workers=1) as functions:
            await functions.ready()
            (pid,) = functions.pids("authorizer")
            call = asyncio.create_task(
                functions.invoke("authorizer", None, {"do": "sleep", "seconds": 60})
            )
            await asyncio.sleep(0.2)
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
            (pid,) = functions.pids("authorizer")
            os.kill(pid, signal.SIGKILL)
            if seen:
                await asyncio.sleep(0.2)
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
                await functions.ready(3)
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


def test_one_worker_has_one_invocation_at_a_time_and_calls_queue(service, spec):
    async def main():
        async with service(spec(), workers=2) as functions:
            seen = set()
            for _ in range(200):  # on a loaded machine the second one takes longer to load
                nap = {"do": "sleep", "seconds": 0.05}
                both = [functions.invoke("authorizer", None, nap) for _ in range(2)]
                seen |= {r.payload["pid"] for r in await asyncio.gather(*both)}
                if len(seen) == 2:
                    break
            calls = [{"do": "sleep", "seconds": 0.05, "n": n} for n in range(12)]
            results = await asyncio.gather(
                *(functions.invoke("authorizer", None, call) for call in calls)
            )
            return calls, results

    calls, results = run(main)
    assert [r.payload["event"] for r in results] == calls
    assert len({r.payload["pid"] for r in results}) == 2


def test_reserved_concurrency_bounds_the_workers(service, spec):
    async def main():
        async with service(spec(concurrency=1), workers=4) as functions:
            results = await asyncio.gather(
                *(functions.invoke("authorizer", None, {}) for _ in range(6))
            )
            return {r.payload["pid"] for r in results}

    assert len(run(main)) == 1


def test_a_function_with_reserved_concurrency_zero_is_off(service, spec):
    assert invoke_once(service, spec(concurrency=0), {}).function_error == "Throttled"


def test_a_call_that_finds_no_worker_in_time_is_throttled(service, spec):
    async def main():
        async with service(spec(timeout_seconds=1.0), workers=1) as functions:
            await functions.ready()
            first = asyncio.create_task(
                functions.invoke("authorizer", None, {"do": "sleep", "seconds": 60})
            )
            await asyncio.sleep(0.05)
            rest = await asyncio.gather(
                *(
                    functions.invoke("authorizer", None, {"do": "sleep", "seconds": 60})
                    for _ in range(3)
                )
            )
            return [await first, *rest]

    errors = [r.function_error for r in run(main)]
    assert errors[0] == "Timeout"
    assert errors.count("Throttled") >= 2


def test_a_caller_that_goes_away_costs_no_worker(service, spec):
    async def main():
        async with service(spec(), workers=1) as functions:
            await functions.ready()
            for seconds in (0.0, 0.01, 0.1):
                calls = [
                    asyncio.create_task(
                        functions.invoke("authorizer", None, {"do": "sleep", "seconds": 0.05})
                    )
                    for _ in range(3)
                ]
                await asyncio.sleep(seconds)
                for call in calls:
                    call.cancel()
                await asyncio.gather(*calls, return_exceptions=True)
            return await functions.invoke("authorizer", None, {})

    assert run(main).function_error is None


@pytest.mark.parametrize(
    ("name", "qualifier"), [("other", None), ("authorizer", "dead"), ("authorizer", ""), ("", None)]
)
def test_only_what_is_declared_can_be_invoked(service, spec, name, qualifier):
    async def main():
        async with service(spec(qualifiers=frozenset({"live", "1"}))) as functions:
            for known in (None, "$LATEST", "live", "1"):
                assert (await functions.invoke("authorizer", known, {})).function_error is None
            return await functions.invoke(name, qualifier, {})

    result = run(main)
    assert result.function_error == "ResourceNotFound"
    assert "Function not found" in result.error_message


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


def test_a_stranger_on_the_runtime_api_gets_nowhere(service, spec):
    async def main():
        async with service(spec(), workers=1) as functions:
            await functions.ready()
            api = functions._functions["authorizer"]._workers[0]._api
            call = asyncio.create_task(
                functions.invoke("authorizer", None, {"do": "sleep", "seconds": 0.3})
            )
            await asyncio.sleep(0.1)
            statuses = []
            unknown = "/2018-06-01/runtime/invocation/" + "0" * 8 + "-0000" * 3 + "-" + "0" * 12
            for request in (
                b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n",
                f"POST {unknown}/response HTTP/1.1\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
                b"GET /elsewhere HTTP/1.1\r\n\r\n",
            ):
                reader, writer = await asyncio.open_connection(*api.address.split(":"))
                writer.write(request)
                statuses.append(int((await reader.readline()).split()[1]))
                writer.close()
            reader, writer = await asyncio.open_connection(*api.address.split(":"))
            writer.write(b"nonsense\r\n\r\n")
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            writer.close()
            return statuses, await call

    statuses, result = run(main)
    assert statuses == [403, 400, 404]
    assert result.function_error is None


def test_a_zip_or_a_name_that_cannot_run_stops_the_start_and_leaves_nothing(
    service, spec, tmp_path
):
    junk = tmp_path / "junk.zip"
    junk.write_bytes(b"junk")
    good = spec()

    async def main():
        for bad in (
            FunctionSpec(name="bad", handler="a.b", code=junk),
            FunctionSpec(name="../bad", handler="a.b", code=good.code),
        ):
            with pytest.raises(PortcullisError):
                await LambdaService.start(
                    [good, bad],
                    state_directory=tmp_path / "state",
                    log_directory=tmp_path / "logs",
                    environment={},
                    region="eu-central-1",
                    account_id="000000000000",
                )

    run(main)
    assert list((tmp_path / "state" / "functions").iterdir()) == []
