"""The Lambda Runtime API on the loopback, as bare as it can be: what is timed is the worker.

Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
"""

import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

WAIT_SECONDS = 60
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"
HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
    "Lambda-Runtime-Deadline-Ms: {deadline}\r\n"
    "Lambda-Runtime-Invoked-Function-Arn: "
    "arn:aws:lambda:eu-central-1:000000000000:function:authorizer:live\r\n"
    "Content-Length: {length}\r\n\r\n"
)


class WorkerError(RuntimeError):
    """A contender did not start or did not answer; its own words are in the message."""


class Worker:
    """One function under ``awslambdaric``; ``init_ms`` is from its start to its first question."""

    def __init__(self, folder: Path, handler: str, environment: Mapping[str, str]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._log = (folder.parent / f"{folder.name}.log").open("w+b")
        port = self._listener.getsockname()[1]
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", handler],
            cwd=folder,
            env=dict(environment) | {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._waiting = self._until("GET")[0]
        self.init_ms = (time.perf_counter() - started) * 1000

    def call(self, event: bytes) -> tuple[float, bytes]:
        """Seconds from the event's departure to the whole answer, and the answer."""
        head = HEAD.format(deadline=int((time.time() + 5) * 1000), length=len(event)).encode()
        started = time.perf_counter()
        self._waiting.sendall(head + event)
        connection, target, body = self._until("POST")
        seconds = time.perf_counter() - started
        connection.sendall(ACCEPTED)
        self._waiting = self._until("GET")[0]
        if not target.endswith("/response"):
            raise WorkerError(f"{target}: {body.decode()}")
        return seconds, body

    def memory_mb(self) -> float:
        """Resident memory at this moment."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) / 1024

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()
        self._log.close()

    def _until(self, method: str) -> tuple[socket.socket, str, bytes]:
        while True:
            ready = self._selector.select(WAIT_SECONDS)
            if not ready or self.process.poll() is not None:
                raise WorkerError(self._said())
            for key, _ in ready:
                if key.fileobj is self._listener:
                    connection = self._listener.accept()[0]
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._selector.register(connection, selectors.EVENT_READ)
                    continue
                request = self._read(key.fileobj)  # type: ignore[arg-type]
                if request is None:
                    continue
                if request[1].endswith("/init/error"):
                    raise WorkerError(request[2].decode())
                if request[0] != method:
                    raise WorkerError(f"{method} expected, {request[0]} {request[1]} came")
                return key.fileobj, request[1], request[2]  # type: ignore[return-value]

    def _read(self, connection: socket.socket) -> tuple[str, str, bytes] | None:
        received = connection.recv(65536)
        if not received:
            self._selector.unregister(connection)
            connection.close()
            return None
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        first, *headers = head.decode("ascii").split("\r\n")
        method, target, _ = first.split(" ")
        lengths = [h.split(":")[1] for h in headers if h.lower().startswith("content-length:")]
        length = int(lengths[0]) if lengths else 0
        while len(body) < length:
            body += connection.recv(65536)
        return method, target, body

    def _said(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace") or "the worker said nothing"
