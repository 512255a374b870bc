"""One execution environment of a function: a process that runs one invocation at a time."""

import asyncio
import contextlib
import enum
import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portcullis.gateway.exchange import InvocationResult
from portcullis.gateway.functions.runtime_api import PAYLOAD_LIMIT_BYTES, Invocation, RuntimeApi
from portcullis.gateway.processes.child import Child, Command, ProcessError

# Lambda allows 10 (Developer Guide, "Init phase"); here other processes use the same processors.
INIT_SECONDS = 30.0
_FIRST_BACKOFF_SECONDS = 0.1
_LONGEST_BACKOFF_SECONDS = 5.0

log = logging.getLogger(__name__)


class WorkerState(enum.Enum):
    DOWN = enum.auto()
    STARTING = enum.auto()
    READY = enum.auto()  # polls for an event
    RESERVED = enum.auto()  # polls for an event, and a caller has reserved it
    BUSY = enum.auto()


@dataclass(slots=True)
class _Running:
    invocation: Invocation
    result: asyncio.Future[InvocationResult]
    began: float
    timer: asyncio.TimerHandle


class Worker:
    """A process that is restarted whenever it ends, until ``stop``. Implements ``RuntimeEvents``.

    ``on_ready`` is called when it polls for an event, ``on_init_failure`` if it did not load.
    """

    def __init__(
        self,
        command: Callable[[str], Command],
        *,
        timeout_seconds: float,
        memory_mb: int,
        on_ready: Callable[["Worker"], None],
        on_init_failure: Callable[["Worker", InvocationResult], None],
    ) -> None:
        self.state = WorkerState.DOWN
        self.starts = 0
        self._command = command
        self._timeout_seconds = timeout_seconds
        self._memory_mb = memory_mb
        self._on_ready = on_ready
        self._on_init_failure = on_init_failure
        self._loop = asyncio.get_running_loop()
        self._api = RuntimeApi(self)
        self._child: Child | None = None
        self._running: _Running | None = None
        self._init_timer: asyncio.TimerHandle | None = None
        self._init_failure: InvocationResult | None = None
        self._has_served = False
        self._was_timed_out = False
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None and self._child.is_running else None

    @property
    def has_call(self) -> bool:
        """Whether it has an event without a result; it is BUSY until it asks for the next one."""
        return self._running is not None

    async def start(self) -> None:
        await self._api.start()
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
        if self._child is not None and self._child.is_running:
            self._child.kill()  # as on AWS: an environment ends without a signal to the function
            await self._child.wait()
        self._settle(_crash("the function is being stopped"))
        self._cancel_init_timer()
        await self._api.close()

    def reserve(self) -> bool:
        """Reserve it for a caller; False if it is not waiting for an event."""
        if self.state is not WorkerState.READY:
            return False
        if self._child is None or self._child.has_just_ended():
            self.state = WorkerState.DOWN
            return False
        self.state = WorkerState.RESERVED
        return True

    def invoke(self, invocation: Invocation) -> "asyncio.Future[InvocationResult]":
        """Pass an event to the reserved worker; the result comes within the timeout."""
        if self.state is not WorkerState.RESERVED:
            raise RuntimeError(f"an event for a worker that is {self.state.name}")
        running = _Running(
            invocation=invocation,
            result=self._loop.create_future(),
            began=time.perf_counter(),
            timer=self._loop.call_later(self._timeout_seconds, self._timed_out),
        )
        self.state = WorkerState.BUSY
        self._running = running
        self._note(f"START RequestId: {invocation.request_id} Version: $LATEST")
        if not self._api.give(invocation):
            self._settle(_crash("the runtime stopped asking for events"))
            self._end()
        return running.result

    # RuntimeEvents

    def asked_for_next(self) -> bool:
        if self._running is not None or self.state is WorkerState.DOWN:
            return False
        if self.state in (WorkerState.READY, WorkerState.RESERVED):
            return True  # it polls again on a new connection
        self._cancel_init_timer()
        self.state = WorkerState.READY
        self._on_ready(self)
        return True

    def answered(self, request_id: str, payload: bytes) -> bool:
        if not self._has(request_id):
            return False
        if len(payload) > PAYLOAD_LIMIT_BYTES:
            message = f"Response payload size exceeded {PAYLOAD_LIMIT_BYTES} bytes"
            self._settle(_failure("Unhandled", "Function.ResponseSizeTooLarge", message))
            return True
        try:
            parsed = json.loads(payload) if payload else None
        except ValueError:
            message = "the response is not JSON"
            self._settle(_failure("Unhandled", "Runtime.InvalidResponse", message))
            return True
        self._has_served = True
        self._settle(InvocationResult(payload=parsed, function_error=None))
        return True

    def failed(self, request_id: str, payload: bytes) -> bool:
        if not self._has(request_id):
            return False
        self._has_served = True
        self._settle(_reported("Unhandled", payload))
        return True

    def failed_to_initialise(self, payload: bytes) -> None:
        self._init_failure = _reported("Init", payload)

    # The process.

    async def _keep(self) -> None:
        backoff = 0.0
        while True:
            self.state = WorkerState.STARTING
            self.starts += 1
            self._has_served = self._was_timed_out = False
            self._init_failure = None
            try:
                self._child = await Child.start(self._command(self._api.address))
                self._init_timer = self._loop.call_later(INIT_SECONDS, self._init_timed_out)
                status = await self._child.wait()
                words = _exit_words(status)
            except ProcessError as error:
                words = str(error)
            self._ended(words)
            if self._has_served or self._was_timed_out:
                backoff = 0.0
            else:
                backoff = min(max(2 * backoff, _FIRST_BACKOFF_SECONDS), _LONGEST_BACKOFF_SECONDS)
            await asyncio.sleep(backoff)

    def _ended(self, words: str) -> None:
        was_starting = self.state is WorkerState.STARTING
        self.state = WorkerState.DOWN
        self._cancel_init_timer()
        self._api.hang_up()
        log.warning("a function's worker ended: %s", words)
        if was_starting:
            failure = self._init_failure or _failure("Init", "Runtime.ExitError", words)
            self._on_init_failure(self, failure)
        self._settle(_crash(words))

    def _timed_out(self) -> None:
        if self._running is None:
            return
        self._was_timed_out = True
        request_id = self._running.invocation.request_id
        message = f"{request_id} Task timed out after {self._timeout_seconds:.2f} seconds"
        self._settle(_failure("Timeout", "Sandbox.Timedout", message))
        self._end()

    def _init_timed_out(self) -> None:
        message = f"Init timed out after {INIT_SECONDS:g} seconds"
        self._init_failure = _failure("Init", "Sandbox.Timedout", message)
        self._end()

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()

    def _has(self, request_id: str) -> bool:
        return self._running is not None and self._running.invocation.request_id == request_id

    def _settle(self, result: InvocationResult) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        running.timer.cancel()
        duration_ms = (time.perf_counter() - running.began) * 1000
        request_id = running.invocation.request_id
        self._note(
            f"END RequestId: {request_id}\nREPORT RequestId: {request_id}\t"
            f"Duration: {duration_ms:.2f} ms\tMemory Size: {self._memory_mb} MB\t"
            f"Status: {result.function_error or 'success'}"
        )
        if not running.result.done():
            running.result.set_result(replace(result, duration_ms=duration_ms))

    def _note(self, line: str) -> None:
        if self._child is not None:
            self._child.note(line)

    def _cancel_init_timer(self) -> None:
        if self._init_timer is not None:
            self._init_timer.cancel()
            self._init_timer = None


def new_invocation(event: Mapping[str, Any], function_arn: str, seconds: float) -> Invocation:
    """An event with the fields that Lambda passes to the runtime."""
    now = time.time()
    root = f"1-{int(now):08x}-{uuid.uuid4().hex[:24]}"
    return Invocation(
        request_id=str(uuid.uuid4()),
        event=json.dumps(event, separators=(",", ":")).encode(),
        deadline_ms=int((now + seconds) * 1000),
        function_arn=function_arn,
        trace_id=f"Root={root};Parent={uuid.uuid4().hex[:16]};Sampled=0",
    )


def _failure(function_error: str, kind: str, message: str) -> InvocationResult:
    return InvocationResult(
        payload={"errorType": kind, "errorMessage": message},
        function_error=function_error,
        error_message=message,
    )


def _crash(words: str) -> InvocationResult:
    return _failure("Crash", "Runtime.ExitError", words)


def _reported(function_error: str, payload: bytes) -> InvocationResult:
    """What the runtime says about a failure of the function."""
    try:
        parsed = json.loads(payload)
    except ValueError:
        parsed = None
    error = parsed if isinstance(parsed, dict) else {"errorMessage": "unknown error"}
    return InvocationResult(
        payload=error, function_error=function_error, error_message=error.get("errorMessage")
    )


def _exit_words(status: int) -> str:
    if status < 0:
        return f"Runtime exited with error: signal {-status}"
    return f"Runtime exited with error: exit status {status}"
