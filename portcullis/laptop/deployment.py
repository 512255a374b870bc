"""The gateway and workers of one graph, replaced as a whole while connections stay open.

On AWS an update changes a function's alias and a stage's deployment; a call that has begun ends
with what it began with. Here a second gateway with its own workers starts beside the first one and
takes over between two calls. Its counters and caches (rates, throttles, authorizer results) start
empty.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portcullis.gateway.exchange import Request, Response, Upstream
from portcullis.gateway.functions.service import LambdaService
from portcullis.gateway.functions.worker import Worker
from portcullis.gateway.gateway import Gateway, Observe
from portcullis.gateway.resources.functions import function_specs
from portcullis.gateway.resources.specs import FunctionSpec
from portcullis.graph.resource import Graph
from portcullis.laptop.recording_tap import RecordingTap, TappedFunctions

DRAIN_SECONDS = 30.0  # above the 29 seconds that API Gateway grants an integration


@dataclass(frozen=True, kw_only=True)
class DeploymentHost:
    """What stays when a deployment is replaced: directories, logs, the upstream."""

    state_directory: Path
    log_directory: Path
    function_environment: Mapping[str, str]
    region: str
    account_id: str
    other_functions: tuple[FunctionSpec, ...] = ()  # that the graph calls and does not declare
    upstream: Upstream
    access_log: Callable[[str], None]
    execution_log: Callable[[str], None]
    observe: Observe
    tap: RecordingTap | None = None  # records the events of a backend that is a function


class Deployment:
    """One running graph: its functions' workers and the gateway in front of them."""

    def __init__(self, graph: Graph, functions: LambdaService, gateway: Gateway) -> None:
        self.graph = graph
        self.functions = functions
        self._gateway = gateway
        self._calls = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    @classmethod
    async def start(cls, graph: Graph, host: DeploymentHost) -> "Deployment":
        """Load every function and compile every gate; if one fails, nothing stays behind.

        Raises:
            PortcullisError: a gate that cannot be emulated, a function that does not load.
        """
        functions = await LambdaService.start(
            (*function_specs(graph), *host.other_functions),
            state_directory=host.state_directory,
            log_directory=host.log_directory,
            environment=host.function_environment,
            region=host.region,
            account_id=host.account_id,
        )
        try:
            await functions.ready()
            gateway = Gateway.from_graph(
                graph,
                functions=functions if host.tap is None else TappedFunctions(functions, host.tap),
                upstream=host.upstream,
                access_log=host.access_log,
                execution_log=host.execution_log,
                observe=host.observe,
            )
        except BaseException:
            await functions.close()
            raise
        return cls(graph, functions, gateway)

    async def handle(self, request: Request) -> Response:
        self._calls += 1
        self._is_idle.clear()
        try:
            return await self._gateway.handle(request)
        finally:
            self._calls -= 1
            if not self._calls:
                self._is_idle.set()

    def workers(self) -> list[Worker]:
        """The workers of the graph's functions."""
        names = [spec.name for spec in function_specs(self.graph)]
        return [worker for name in names for worker in self.functions.workers(name)]

    async def close(self) -> None:
        """Wait for the calls under way, then stop the workers."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._is_idle.wait()
        await self.functions.close()


class Live:
    """The deployment that answers now. Listeners hold this, so that it can be replaced."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._ending: set[asyncio.Task[None]] = set()

    def handle(self, request: Request) -> Awaitable[Response]:
        # Read once per call: a call ends with the deployment that it began with.
        return self.deployment.handle(request)

    def workers(self) -> list[Worker]:
        return self.deployment.workers()

    def replace(self, following: Deployment) -> None:
        """Answer from ``following``; the previous one ends with its last call."""
        previous, self.deployment = self.deployment, following
        ending = asyncio.create_task(previous.close())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def drained(self) -> None:
        """Wait until every replaced deployment has ended."""
        await asyncio.gather(*self._ending)

    async def close(self) -> None:
        await asyncio.gather(self.deployment.close(), *self._ending)
