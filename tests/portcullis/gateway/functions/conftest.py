"""A function packed as a zip, and the service that runs it."""

import os
import textwrap
import zipfile
from contextlib import asynccontextmanager

import pytest

from portcullis.gateway.functions.service import LambdaService
from portcullis.gateway.resources.specs import FunctionSpec

PROGRAM = """
    import json, os, sys, time, helper
    STARTED = time.time()

    def handler(event, context):
        match event.get("do"):
            case "raise": raise ValueError("no such pet")
            case "exit": os._exit(7)
            case "sleep": time.sleep(event["seconds"])
            case "wait":
                while not os.path.exists(event["file"]): time.sleep(0.01)
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
        options = {"name": "authorizer", "handler": "package.app.handler", "timeout_seconds": 60.0}
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
            pids = [w.pid for s in specs for w in running.workers(s.name) if w.pid is not None]
            await running.close()
            for pid in pids:
                with pytest.raises(ProcessLookupError):
                    os.kill(pid, 0)

    return start
