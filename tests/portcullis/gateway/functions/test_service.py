"""Functions under the real awslambdaric: what they import and see, and how calls share workers."""

import asyncio
import os

import pytest

from portcullis.errors import PortcullisError
from portcullis.gateway.functions.service import LambdaService
from portcullis.gateway.functions.worker import WorkerState
from portcullis.gateway.resources.specs import FunctionSpec
from tests.portcullis.gateway.functions.calling import invoke_once, run


def test_a_function_answers_with_what_its_handler_returns(service, spec):
    result = invoke_once(service, spec(), {"a": "é"})
    assert result.function_error is None
    assert result.payload["event"] == {"a": "é"}
    assert result.duration_ms > 0


def test_the_context_is_lambda_s(service, spec):
    async def main():
        async with service(spec(qualifiers=frozenset({"live"}), memory_mb=256)) as functions:
            return await functions.invoke("authorizer", "live", {"do": "context"})

    context = run(main).payload
    arn = "arn:aws:lambda:eu-central-1:000000000000:function:authorizer:live"
    assert context["arn"] == arn
    assert (context["name"], context["version"]) == ("authorizer", "$LATEST")
    assert context["memory"] == "256"
    assert 0 < context["remaining"] <= 60_000
    assert context["trace"].startswith("Root=1-")


def test_the_environment_holds_only_the_functions_variables(service, spec, monkeypatch):
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


def test_a_changed_zip_changes_the_function(service, spec):
    program = "import pathlib\ndef handler(e, c): return pathlib.Path('data').read_text()"
    one = invoke_once(service, spec(program, files=[("data", "one")]), {})
    two = invoke_once(service, spec(program, files=[("data", "two")]), {})
    assert (one.payload, two.payload) == ("one", "two")


def test_one_worker_has_one_invocation_at_a_time_and_calls_queue(service, spec):
    async def main():
        async with service(spec(), workers=2) as functions:
            while {w.state for w in functions.workers("authorizer")} != {WorkerState.READY}:  # noqa: ASYNC110 - loading has no event for all workers
                await asyncio.sleep(0.01)
            calls = [{"do": "sleep", "seconds": 0.05, "n": n} for n in range(12)]
            results = await asyncio.gather(
                *(functions.invoke("authorizer", None, call) for call in calls)
            )
            return calls, results

    calls, results = run(main)
    assert [r.payload["event"] for r in results] == calls
    assert len({r.payload["pid"] for r in results}) == 2


def test_other_workers_start_when_the_first_one_is_ready(service, spec):
    async def main():
        async with service(spec(), workers=2) as functions:
            first, second = functions.workers("authorizer")
            while second.state is not WorkerState.READY:
                assert first.state is WorkerState.READY or not second.starts
                await asyncio.sleep(0.01)

    run(main)


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


def test_a_cancelled_caller_does_not_lose_a_worker(service, spec):
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
