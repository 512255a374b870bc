"""Child processes: started, supervised, restarted, and ended with the laptop.

A child has its own session, so the terminal's Ctrl-C reaches only the parent, which stops its
children in order. On Linux the kernel kills a child when the *thread* that started it ends: start
children from the event loop, whose thread lives as long as the process. On other systems a killed
parent leaves its children behind.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from portcullis.errors import PortcullisError
from portcullis.gateway.edge.upstream import HttpUpstream
from portcullis.gateway.exchange import UpstreamError
from portcullis.gateway.processes.exec import ends_with_this_process

START_SECONDS = 60.0  # a busy machine may need long
STOP_SECONDS = 5.0  # between SIGTERM and SIGKILL
FIRST_BACKOFF_SECONDS = 0.1
LONGEST_BACKOFF_SECONDS = 10.0
STEADY_SECONDS = 30.0  # a child that ran for longer is restarted without a backoff
_POLL_SECONDS = 0.02
_LINE_BYTES = 65536  # a longer line is cut into several
_TAIL_LINES = 20
_OUTPUT_SECONDS = 1.0  # time to read the output of a child that has ended

log = logging.getLogger(__name__)


class ProcessError(PortcullisError):
    """A process that did not start, or did not become healthy."""


class NotReadyError(ProcessError):
    """A process that ended (with ``status``) or waited too long before it was ready."""

    def __init__(self, command: "Command", child: "Child", *, status: int | None, seconds: float):
        self.status = status  # None: it was still running
        self.last_line = next((line for line in reversed(child.tail) if line.strip()), "").strip()
        how = (
            f"was not ready within {seconds:g} seconds"
            if status is None
            else f"ended with status {status} before it was ready"
        )
        super().__init__(f"{command.name} {how}. Log: {command.log_file}\n{child.last_lines()}")


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to run; the child gets this environment and nothing of ours."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    directory: Path | None = None
    descriptors: tuple[int, ...] = field(default=())  # open files that the child inherits
    ends_as_group: bool = False  # SIGTERM also to what it started


class Child:
    """One started process; its output goes to the log file, whole lines at a time."""

    def __init__(
        self,
        command: Command,
        process: asyncio.subprocess.Process,
        output: BinaryIO,
        on_line: Callable[[bytes], None] | None,
    ) -> None:
        self.pid = process.pid
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._process = process
        self._log = output
        self._on_line = on_line
        self._name = command.name
        self._ends_as_group = command.ends_as_group
        self._ended: asyncio.Task[int] = asyncio.create_task(self._watch())

    @classmethod
    async def start(
        cls, command: Command, on_line: Callable[[bytes], None] | None = None
    ) -> "Child":
        """Raises ProcessError where the log file, directory or interpreter cannot be used."""
        try:
            command.log_file.parent.mkdir(parents=True, exist_ok=True)
            output = command.log_file.open("ab", buffering=0)
        except OSError as error:
            raise ProcessError(f"Cannot write {command.log_file}: {error.strerror}") from error
        starting = asyncio.ensure_future(_spawn(command))
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # The process may exist by now, and no other code holds it.
            with contextlib.suppress(OSError):
                child = cls(command, await starting, output, on_line)
                child.kill()
                await child.wait()
            output.close()
            raise
        except OSError as error:
            output.close()
            raise ProcessError(f"Cannot start {command.name}: {error}") from error
        return cls(command, process, output, on_line)

    @property
    def is_running(self) -> bool:
        return not self._ended.done()

    def has_just_ended(self) -> bool:
        """Whether it has ended, also if the loop has not seen that yet; asks the kernel."""
        try:
            state = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # reaped
            return True
        return state is not None

    async def wait(self) -> int:
        """The exit status; negative for a signal."""
        return await asyncio.shield(self._ended)

    async def stop(self, grace_seconds: float = STOP_SECONDS) -> None:
        """Send SIGTERM, and SIGKILL after the grace period; returns when the process is reaped."""
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)  # a paused process must run to receive SIGTERM
        try:
            async with asyncio.timeout(grace_seconds):
                await self.wait()
        except TimeoutError:
            log.warning("%s (pid %d) ignored SIGTERM: killed", self._name, self.pid)
            self.kill()
            await self.wait()

    def kill(self) -> None:
        """Send SIGKILL to its process group: the process and what it started."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # Not Process.send_signal: it reaps a child that has just ended, and asyncio's own watcher
        # then reports status 255.
        if not self.has_just_ended():
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if self._ends_as_group else os.kill)(self.pid, number)

    async def _watch(self) -> int:
        reading = asyncio.create_task(self._read())
        status = await self._process.wait()
        # A grandchild may still hold the pipe. Two waits: if this process was stopped during the
        # first one, it may have read nothing in it.
        for _ in range(2):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_OUTPUT_SECONDS / 2):
                    await asyncio.shield(reading)
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
        # asyncio keeps the pipe open until its end is read, which may never happen.
        self._process._transport.close()  # type: ignore[attr-defined]
        self._log.close()
        return status

    async def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        pending = b""
        while piece := await stream.read(_LINE_BYTES):
            *lines, pending = (pending + piece).split(b"\n")
            if len(pending) >= _LINE_BYTES:
                lines.append(pending)
                pending = b""
            self._take(lines)
        if pending:
            self._take([pending])

    def _take(self, lines: list[bytes]) -> None:
        if lines:
            self._log.write(b"\n".join(lines) + b"\n")
        for line in lines:
            self.tail.append(line.decode("utf-8", "replace"))
            if self._on_line is not None:
                self._on_line(line)

    def note(self, line: str) -> None:
        """Write a line of ours into its log."""
        if not self._log.closed:
            self._log.write(line.encode() + b"\n")

    def last_lines(self) -> str:
        return "\n".join(self.tail)


async def _spawn(command: Command) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *ends_with_this_process(), *command.arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=dict(command.environment),
        cwd=command.directory,
        pass_fds=command.descriptors,
        start_new_session=True,
    )  # fmt: skip


class Supervised:
    """A process that is kept running from ``start`` to ``stop``; both may be called again.

    ``prepare`` starts it early: the next ``start`` then waits for this process.

    ``announces``: ready means it wrote a line of JSON to its output, kept as ``announcement``.
    ``is_healthy``: ready means this says so.
    """

    def __init__(
        self,
        command: Command,
        *,
        announces: bool = False,
        is_healthy: Callable[[], Awaitable[bool]] | None = None,
        start_seconds: float = START_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self.announcement: dict[str, Any] = {}
        self.restarts = 0
        self._command = command
        self._announces = announces
        self._is_healthy = is_healthy
        self._start_seconds = start_seconds
        self._stop_seconds = stop_seconds
        self._child: Child | None = None
        self._prepared: Child | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._announced = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """None while it is down."""
        return self._child.pid if self._child is not None and self._child.is_running else None

    async def prepare(self) -> None:
        """Raises ProcessError if there is no process."""
        self._announced.clear()
        self._prepared = await Child.start(self._command, self._read_announcement)

    async def start(self) -> None:
        """Raises ProcessError, with the process's last lines, if it does not become ready."""
        self._child = await self._start_once()
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
        for child in (self._child, self._prepared):
            if child is not None and child.is_running:
                await child.stop(self._stop_seconds)

    async def _start_once(self) -> Child:
        if self._prepared is None:
            await self.prepare()
        child, self._prepared = self._prepared, None
        assert child is not None  # noqa: S101 - prepared above
        try:
            async with asyncio.timeout(self._start_seconds):
                while not await self._is_ready(child):  # noqa: ASYNC110 - health has no event
                    await asyncio.sleep(_POLL_SECONDS)
        except BaseException as error:
            child.kill()
            status = await child.wait()
            if isinstance(error, TimeoutError | _EndedError):
                raise NotReadyError(
                    self._command,
                    child,
                    status=status if isinstance(error, _EndedError) else None,
                    seconds=self._start_seconds,
                ) from None
            raise
        return child

    async def _is_ready(self, child: Child) -> bool:
        if not child.is_running:
            raise _EndedError
        if self._announces and not self._announced.is_set():
            return False
        return self._is_healthy is None or await self._is_healthy()

    def _read_announcement(self, line: bytes) -> None:
        if self._announces and not self._announced.is_set() and line.startswith(b"{"):
            with contextlib.suppress(ValueError):
                self.announcement = json.loads(line)
                self._announced.set()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        backoff = FIRST_BACKOFF_SECONDS
        while self._child is not None:
            began = loop.time()
            status = await self._child.wait()
            log.warning("%s ended with status %d: restarting", self._command.name, status)
            if loop.time() - began > STEADY_SECONDS:
                backoff = FIRST_BACKOFF_SECONDS
            while True:
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, LONGEST_BACKOFF_SECONDS)
                self.restarts += 1
                try:
                    self._child = await self._start_once()
                except ProcessError as error:
                    log.error("%s", error)  # noqa: TRY400 - an expected failure, and its words
                except Exception:  # otherwise the supervision would end
                    log.exception("%s was not restarted", self._command.name)
                else:
                    log.info("%s is back", self._command.name)
                    break


class _EndedError(Exception):
    """The process ended before it was ready."""


def answers_http(url: str) -> Callable[[], Awaitable[bool]]:
    """A health check: whether a GET is answered with anything below 500."""

    async def is_healthy() -> bool:
        upstream = HttpUpstream()
        try:
            answer = await upstream.send("GET", url, (), b"", 1.0)
        except UpstreamError:
            return False
        finally:
            await upstream.close()
        return answer.status < 500  # noqa: PLR2004 - server errors

    return is_healthy


def minimal_environment(scratch: Path) -> dict[str, str]:
    """What a program needs to start, without the user's home directory and credentials."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
    }
