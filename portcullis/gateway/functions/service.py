"""The Lambda service of the laptop: runs each function's zip under ``awslambdaric``.

A worker is a process that imports from the zip first and then from the runtime, and whose
environment holds only the function's variables. Only functions of the graph can be invoked.
"""

import asyncio
import logging
import re
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from portcullis.errors import MisuseError, PortcullisError
from portcullis.gateway.exchange import InvocationResult
from portcullis.gateway.functions.code import Workspace
from portcullis.gateway.functions.worker import Worker, WorkerState, new_invocation
from portcullis.gateway.processes.child import Command, minimal_environment
from portcullis.gateway.resources.specs import FunctionSpec

WORKERS = 2
WAITING_LIMIT = 1000  # calls waiting for one function's workers
_LATEST = "$LATEST"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

log = logging.getLogger(__name__)


class FunctionError(PortcullisError):
    """A function that cannot run as the graph describes it."""


class LambdaService:
    """Implements :class:`portcullis.gateway.exchange.Functions`. Belongs to one event loop.

    ``InvocationResult.function_error``: ``Unhandled`` (the handler raised), ``Timeout``, ``Crash``
    (the process died), ``Init`` (module or handler not loadable), ``Throttled`` (no worker became
    free within the function's timeout), ``ResourceNotFound`` (function or qualifier unknown).
    """

    def __init__(self, functions: dict[str, "_Function"], workspace: Workspace) -> None:
        self._functions = functions
        self._workspace = workspace

    @classmethod
    async def start(
        cls,
        specs: Sequence[FunctionSpec],
        *,
        state_directory: Path,
        log_directory: Path,
        environment: Mapping[str, str],
        region: str,
        account_id: str,
        workers: int = WORKERS,
    ) -> "LambdaService":
        """Unpack every zip and start a first worker of each; they load in the background.

        ``environment``: what the laptop adds for every function (credentials, endpoints). The log
        of a function is ``<log_directory>/<name>.log``.

        Raises:
            FunctionCodeError, FunctionError: a zip or spec that cannot run; nothing stays behind.
        """
        workspace = await asyncio.to_thread(Workspace, state_directory / "functions")
        service = cls({}, workspace)
        try:
            for spec in specs:
                arn = f"arn:aws:lambda:{region}:{account_id}:function:{spec.name}"
                function = _Function(spec, arn, log_directory / f"{spec.name}.log", workers)
                directory = await asyncio.to_thread(workspace.unpack, spec.code)
                runtime = await asyncio.to_thread(workspace.runtime)
                scratch = await asyncio.to_thread(workspace.scratch, spec.name)
                function.prepare(directory, runtime, scratch, environment)
                service._functions[spec.name] = function
            for function in service._functions.values():
                await function.start()
        except BaseException:
            await service.close()
            raise
        return service

    async def invoke(
        self, function_name: str, qualifier: str | None, event: Mapping[str, Any]
    ) -> InvocationResult:
        function = self._functions.get(function_name)
        if function is None:
            return _not_found(f"Function not found: {function_name}")
        return await function.invoke(qualifier, event)

    async def ready(self, seconds: float = 45.0) -> None:
        """Wait until every function has a worker that waits for events.

        Raises:
            FunctionError: one did not load; the message names it, the reason and its log.
        """
        for function in self._functions.values():
            await function.ready(seconds)

    def workers(self, function_name: str) -> Sequence[Worker]:
        """Every worker of a function, whatever its state."""
        return self._functions[function_name].workers

    async def close(self) -> None:
        await asyncio.gather(*(function.stop() for function in self._functions.values()))
        await asyncio.to_thread(self._workspace.remove)


class _Function:
    """One function: its workers, and the calls that wait for one of them."""

    def __init__(self, spec: FunctionSpec, arn: str, log_file: Path, workers: int) -> None:
        if not _NAME.fullmatch(spec.name):
            raise MisuseError(f"{spec.name!r} is not a name that Lambda gives a function.")
        self._spec = spec
        self._arn = arn
        self._log_file = log_file
        reserved = workers if spec.concurrency is None else spec.concurrency
        self._count = min(workers, reserved)
        self.workers: list[Worker] = []
        self._idle: deque[Worker] = deque()
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._init_failure: InvocationResult | None = None
        self._others: asyncio.Task[None] | None = None  # starts all workers but the first

    def prepare(
        self, directory: Path, runtime: Path, scratch: Path, environment: Mapping[str, str]
    ) -> None:
        variables = self._environment(directory, runtime, scratch, environment)

        def command(address: str) -> Command:
            return Command(
                name=self._spec.name,
                # -S: no site-packages; the zip first (as -m puts it), then the runtime, then Python
                arguments=(sys.executable, "-S", "-m", "awslambdaric", self._spec.handler),
                environment=variables | {"AWS_LAMBDA_RUNTIME_API": address},
                directory=directory,
                log_file=self._log_file,
            )

        for _ in range(self._count):
            worker = Worker(
                command,
                timeout_seconds=self._spec.timeout_seconds,
                memory_mb=self._spec.memory_mb,
                on_ready=self._worker_ready,
                on_init_failure=self._worker_failed,
            )
            self.workers.append(worker)

    async def start(self) -> None:
        """Start the first worker; the others start when it is ready.

        A start waits for one of them only, which would load more slowly beside the others.
        """
        for worker in self.workers[:1]:
            await worker.start()

    async def _start_others(self) -> None:
        for worker in self.workers[1:]:
            await worker.start()

    async def stop(self) -> None:
        try:
            if self._others is not None:
                await self._others
        finally:
            await asyncio.gather(*(worker.stop() for worker in self.workers))

    async def ready(self, seconds: float) -> None:
        if not self._count:
            return
        try:
            worker = await self._acquire(seconds)
        except _NoWorkerError as unavailable:
            raise FunctionError(
                f"Function {self._spec.name} did not load: "
                f"{unavailable.result.error_message}. Log: {self._log_file}"
            ) from None
        self._release(worker)

    async def invoke(self, qualifier: str | None, event: Mapping[str, Any]) -> InvocationResult:
        known = qualifier in (None, _LATEST) or qualifier in self._spec.qualifiers
        arn = self._arn if qualifier is None else f"{self._arn}:{qualifier}"
        if not known:
            return _not_found(f"Function not found: {arn}")
        if not self._count:  # reserved concurrency 0 turns a function off
            return _throttled("Rate Exceeded.")
        timeout = self._spec.timeout_seconds
        deadline = asyncio.get_running_loop().time() + timeout
        try:
            worker = await self._acquire(timeout)
            while worker.state is not WorkerState.RESERVED:  # it ended before its caller resumed
                worker = await self._acquire(deadline - asyncio.get_running_loop().time())
        except _NoWorkerError as unavailable:
            return unavailable.result
        # Shielded: the invocation ends normally even if the caller is cancelled.
        return await asyncio.shield(worker.invoke(new_invocation(event, arn, timeout)))

    async def _acquire(self, seconds: float) -> Worker:
        """Reserve a worker; raises _NoWorkerError if none becomes free in time."""
        while self._idle:
            worker = self._idle.popleft()
            if worker.reserve():
                return worker
        if len(self._waiting) >= WAITING_LIMIT:
            raise _NoWorkerError(_throttled("Rate Exceeded."))
        waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                return await waiter
        except TimeoutError:
            self._give_back(waiter)
            if self._init_failure is not None:
                raise _NoWorkerError(self._init_failure) from None
            message = f"no worker became free within {seconds:g} seconds"
            raise _NoWorkerError(_throttled(message)) from None
        except asyncio.CancelledError:
            self._give_back(waiter)
            raise

    def _give_back(self, waiter: "asyncio.Future[Worker]") -> None:
        """Undo the wait of a caller that has left, also if it was just given a worker."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            self._release(waiter.result())

    def _release(self, worker: Worker) -> None:
        if worker.state is WorkerState.RESERVED:
            worker.state = WorkerState.READY
            self._worker_ready(worker)

    def _worker_ready(self, worker: Worker) -> None:
        self._init_failure = None
        if self._others is None:
            self._others = asyncio.create_task(self._start_others())
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                if worker.reserve():
                    waiter.set_result(worker)
                else:
                    self._waiting.appendleft(waiter)
                return
        if worker not in self._idle:
            self._idle.append(worker)

    def _worker_failed(self, worker: Worker, failure: InvocationResult) -> None:
        log.error("%s did not initialise: %s", self._spec.name, failure.error_message)
        alive = (WorkerState.READY, WorkerState.RESERVED, WorkerState.BUSY)
        if any(other.state in alive for other in self.workers if other is not worker):
            return
        self._init_failure = failure
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(_NoWorkerError(failure))

    def _environment(
        self, directory: Path, runtime: Path, scratch: Path, environment: Mapping[str, str]
    ) -> dict[str, str]:
        """Lambda Developer Guide, "Defined runtime environment variables"."""
        nowhere = str(scratch / "none")  # the user's AWS profile is not read
        return (
            minimal_environment(scratch)
            | {"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere}
            | dict(self._spec.environment)
            | dict(environment)
            | {
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_LAMBDA_FUNCTION_NAME": self._spec.name,
                "AWS_LAMBDA_FUNCTION_VERSION": _LATEST,
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self._spec.memory_mb),
                "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
                "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{self._spec.name}",
                "AWS_LAMBDA_LOG_STREAM_NAME": self._log_file.name,
                "LAMBDA_TASK_ROOT": str(directory),
                "LAMBDA_RUNTIME_DIR": str(runtime),
                "_HANDLER": self._spec.handler,
                "PYTHONPATH": str(runtime),
                "PYTHONDONTWRITEBYTECODE": "1",  # /var/task is read-only on AWS
            }
        )


class _NoWorkerError(Exception):
    def __init__(self, result: InvocationResult) -> None:
        self.result = result
        super().__init__(result.error_message)


def _not_found(message: str) -> InvocationResult:
    return InvocationResult(payload=None, function_error="ResourceNotFound", error_message=message)


def _throttled(message: str) -> InvocationResult:
    return InvocationResult(payload=None, function_error="Throttled", error_message=message)
