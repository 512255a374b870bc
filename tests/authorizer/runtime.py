"""A Runtime API on the loopback, and the zip under AWS's own runtime client behind it.

Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PREFIX = "/2018-06-01/runtime"
ANSWER_SECONDS = 300


@dataclass
class Outcome:
    """What the function answered to one event, or how it failed."""

    payload: Any
    has_failed: bool


@dataclass
class Runtime:
    """One worker: events go in, outcomes come out, in order."""

    process: subprocess.Popen[bytes]
    log: Path
    events: queue.Queue[bytes] = field(default_factory=queue.Queue)
    outcomes: queue.Queue[Outcome] = field(default_factory=queue.Queue)

    def invoke(self, event: object) -> Outcome:
        self.events.put(json.dumps(event).encode())
        return self.outcomes.get(timeout=ANSWER_SECONDS)

    def output(self) -> str:
        """All that the worker wrote; ends it."""
        self.process.terminate()
        self.process.wait(timeout=300)
        return self.log.read_text(encoding="utf-8")


def unpack(package: Path, into: Path) -> Path:
    with zipfile.ZipFile(package) as zipped:
        zipped.extractall(into)
    return into


def function_environment(folder: Path, **more: str) -> dict[str, str]:
    """What Lambda would set: nothing of this process but where its own libraries are."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(folder),  # the task's folder comes first, as in Lambda
        "PYTHONDONTWRITEBYTECODE": "1",
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
    } | more


@contextlib.contextmanager
def running(
    folder: Path, environment: Mapping[str, str], *, handler: str = "authorizer.handler.handler"
) -> Iterator[Runtime]:
    """Start a worker on an unpacked zip, and end it."""

    class Api(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet per answer: otherwise each waits 40 ms for an acknowledgement

        def do_GET(self) -> None:
            body = runtime.events.get()
            self.send_response(200)
            self.send_header("Lambda-Runtime-Aws-Request-Id", "11111111-2222")
            self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + 300) * 1000)))
            self.send_header(
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:eu-central-1:000000000000:function:authorizer:live",
            )
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()
            has_failed = self.path.endswith("/error")
            runtime.outcomes.put(Outcome(payload=json.loads(body), has_failed=has_failed))

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # the worker ends while it waits for the next event

    log = folder.with_suffix(".log")  # a file: a pipe that nobody reads would stop the worker
    with Server(("127.0.0.1", 0), Api) as server, log.open("wb") as output:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", handler],
            cwd=folder,
            env=dict(environment) | {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        runtime = Runtime(process, log)
        thread.start()
        try:
            yield runtime
        finally:
            process.kill()
            process.wait()
            server.shutdown()
            thread.join()
