"""What answers calls, replaced as a whole while connections stay open.

On AWS an update changes a function's alias and a stage's deployment; a call that has begun ends
with what it began with. Here a second gateway with its own workers starts beside the first one, and
takes over between two calls. What a gateway counts and keeps (rates, throttles, an authorizer's
answers) begins anew.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portcullis.errors import PortcullisError
from portcullis.gateway.exchange import Request, Response, Upstream
from portcullis.gateway.functions.service import LambdaService
from portcullis.gateway.gateway import Gateway, Observe
from portcullis.gateway.resources.domains import domain_specs
from portcullis.gateway.resources.functions import function_specs
from portcullis.graph.resource import Graph

DRAIN_SECONDS = 30.0  # above the 29 seconds that API Gateway grants an integration


class ListenerChangedError(PortcullisError):
    def __init__(self) -> None:
        super().__init__(
            "The custom domain or its truststore is not the one that this laptop listens with. "
            "Restart `portcullis up` for that change; nothing was changed."
        )


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What outlives a deployment: places, logs, the way to the backend."""

    state_directory: Path
    log_directory: Path
    function_environment: Mapping[str, str]
    region: str
    account_id: str
    upstream: Upstream
    access_log: Callable[[str], None]
    execution_log: Callable[[str], None]
    observe: Observe


class Deployment:
    """One graph at work: its functions' workers, and the gateway in front of them."""

    def __init__(self, graph: Graph, functions: LambdaService, gateway: Gateway) -> None:
        self.graph = graph
        self.functions = functions
        self._gateway = gateway
        self._calls = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    @classmethod
    async def start(cls, graph: Graph, around: Surroundings) -> "Deployment":
        """Every gate compiled and every function loaded; nothing is left where one is not.

        Raises:
            PortcullisError: a gate that cannot be emulated, a function that does not load.
        """
        functions = await LambdaService.start(
            function_specs(graph),
            state_directory=around.state_directory,
            log_directory=around.log_directory,
            environment=around.function_environment,
            region=around.region,
            account_id=around.account_id,
        )
        try:
            await functions.ready()
            gateway = Gateway.from_graph(
                graph,
                functions=functions,
                upstream=around.upstream,
                access_log=around.access_log,
                execution_log=around.execution_log,
                observe=around.observe,
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

    def pids(self) -> list[int]:
        """The functions' workers that run now."""
        names = [spec.name for spec in function_specs(self.graph)]
        return [pid for name in names for pid in self.functions.pids(name)]

    async def close(self) -> None:
        """Let the calls under way end, then end the workers."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._is_idle.wait()
        await self.functions.close()


class Live:
    """The deployment that answers now. The listeners know this, and never a deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment

    async def handle(self, request: Request) -> Response:
        # Read once per call: whoever takes over later does not touch this one.
        return await self.deployment.handle(request)

    def pids(self) -> list[int]:
        return self.deployment.pids()

    def require_same_listener(self, graph: Graph) -> None:
        """Raises ListenerChangedError where the graph wants other TLS than what listens."""
        if domain_specs(graph) != domain_specs(self.deployment.graph):
            raise ListenerChangedError

    async def replace(self, following: Deployment) -> None:
        """From here on ``following`` answers; returns when the last one's calls have ended."""
        last, self.deployment = self.deployment, following
        await last.close()

    async def close(self) -> None:
        await self.deployment.close()
