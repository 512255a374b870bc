"""A laptop as a process, as a person starts it, and calls over real TLS."""

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
START_SECONDS = 600  # the very first start downloads the authorizer's wheels
STOP_SECONDS = 300
CALL_SECONDS = 300
REQUEST_ID = "x-amzn-RequestId"
EMULATOR = b"portcullis.gateway.emulator.server"
SERVING = {b"awslambdaric", b"portcullis.petstore", EMULATOR}


@dataclass
class Running:
    """A laptop under way and what it said when it was ready."""

    process: subprocess.Popen
    ready: dict
    state: Path

    def call(self, client, **how):
        """Status, body and headers of one call; a refused handshake raises OSError."""
        return call(self.ready, client, **how)

    def gate(self, headers):
        """The gate that answered the call with these response headers."""
        return self.row(headers)["gate"]

    def row(self, headers):
        """The gate log's row of the call with these response headers, once it is written."""
        return wait_for(lambda: self._row(headers[REQUEST_ID]))

    def _row(self, request_id):
        lines = Path(self.ready["gates"]).read_text().splitlines(keepends=True)
        # The log of a shared laptop has thousands of rows.
        rows = (json.loads(line) for line in lines if request_id in line and line.endswith("\n"))
        return next((row for row in rows if row.get("requestId") == request_id), None)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def children(self):
        """Every process of this laptop, by pid: its own and those that descend from it."""
        return descendants(self.process.pid)

    def parts(self):
        """Those of them that serve calls: workers, backend, emulator; not those that only plan."""
        return {pid for pid in self.children() if SERVING & command_of(pid)}


def call(ready, client, *, method="GET", path="/pets", body=None, headers=None, source="127.0.0.1"):
    context = ssl.create_default_context(cafile=ready["ca"])
    if client is not None:
        files = ready["clients"][client] if isinstance(client, str) else client
        context.load_cert_chain(files["certificate"], files["key"])
    host, port = ready["gateway"].removeprefix("https://").split(":")
    raw = socket.create_connection(
        ("127.0.0.1", int(port)), timeout=CALL_SECONDS, source_address=(source, 0)
    )
    connection = http.client.HTTPConnection(host, int(port), timeout=CALL_SECONDS)
    with contextlib.closing(connection):
        try:
            connection.sock = context.wrap_socket(raw, server_hostname=host)
        except BaseException:
            raw.close()
            raise
        connection.request(
            method, path, body=body, headers={"User-Agent": "test", **(headers or {})}
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())


def wait_for(condition, seconds=300):
    """What the condition returns, once that is true; generous, since the machine may be busy."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)  # many conditions are calls over a new connection, 15 ms of processor time
    return result


def descendants(pid):
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                if stat[0] != "Z":
                    parents[int(entry.name)] = int(stat[1])
    found, frontier = set(), {pid}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier} - found
        found |= frontier
    return found


def command_of(pid):
    """The words of a process's command; none before it has become that program."""
    try:
        words = set(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))
    except OSError:
        return set()
    return set() if b"-I" in words else words


def is_alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def assert_ends(laptop, number):
    """A signal ends a laptop well, and every process that it started."""
    children = laptop.children()
    assert len(children) >= 4  # moto, the backend, two workers
    assert laptop.stop(number) == 0
    # What the laptop does not wait for, as the children of a shell, was killed and ends soon.
    wait_for(lambda: not any(map(is_alive, children)))
    assert not (laptop.state / "run" / "ready.json").exists()


def start(state, *arguments, project=ROOT, engine="in-process"):
    """Start `portcullis up --json` on free ports and wait until it is ready."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "portcullis", "up", "--json", "--state-dir", str(state)),
            *("--project", str(project), "--port", "0", "--default-endpoint-port", "0"),
            *("--backend-port", "0", "--inspector-port", "0", "--engine", engine, *arguments),
        ],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    timer = _deadline(process)
    line = process.stdout.readline()
    timer.cancel()
    if not line:
        _, said = process.communicate(timeout=STOP_SECONDS)
        raise AssertionError(f"not ready, exit {process.returncode}: {said}")
    return Running(process, json.loads(line), state)


def _deadline(process):
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    return timer


@contextlib.contextmanager
def running(state, *arguments, project=ROOT, engine="in-process"):
    laptop = start(state, *arguments, project=project, engine=engine)
    try:
        yield laptop
    finally:
        if laptop.process.poll() is None:
            laptop.stop()
        laptop.process.stdout.close()
        laptop.process.stderr.close()
