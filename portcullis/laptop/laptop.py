"""The whole chain on one machine: certificates, plan, judgement, deploy, listen.

Everything that runs comes from the graph: what listens, which zip answers, where the backend is.
"""

import logging
import time
from asyncio import Lock, to_thread
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portcullis.errors import MisuseError, PortcullisError
from portcullis.laptop.backend_choice import BackendUrl
from portcullis.laptop.emulator import LaptopEmulator
from portcullis.laptop.engine_choice import choose_deployer
from portcullis.laptop.kept_processes import KeptProcesses
from portcullis.laptop.listening import Listening, listen
from portcullis.laptop.options import LaptopOptions
from portcullis.laptop.plan import JudgeOf, pack_judge
from portcullis.laptop.ports import choose_ports
from portcullis.laptop.progress import Progress
from portcullis.laptop.ready import Ready
from portcullis.laptop.rehearsed_stack import DeployedStack, RehearsedStack
from portcullis.laptop.reload import RefusedReloadError, Reloaded
from portcullis.laptop.startable import Startable
from portcullis.laptop.state_directory import StateDirectory
from portcullis.laptop.watch import Watch
from portcullis.laptop.zips import prune_zips
from portcullis.package import NAME


class Laptop(Startable):
    """One program with all gates, until the block ends."""

    def __init__(
        self,
        options: LaptopOptions,
        progress: Progress,
        judge: JudgeOf | None = None,
        processes: KeptProcesses | None = None,
    ) -> None:
        super().__init__()
        self.options = options
        self._progress = progress
        self._state = StateDirectory(options.state_directory or options.project / ".portcullis")
        self._processes = processes or KeptProcesses()
        self._deployer = choose_deployer(
            options.engine,
            state=self._state,
            progress=progress,
            judge_of=judge or pack_judge(self._processes),
            processes=self._processes,
        )
        self._running: _StartedParts | None = None
        self._replacing = Lock()

    @property
    def ready(self) -> Ready:
        return self._started().listening.ready

    def describe(self) -> str:
        """How the program is deployed, and why so."""
        return self._deployer.describe()

    async def _start(self, started: AsyncExitStack) -> None:
        ports, named = choose_ports(self.options), self.options.backend
        stack = RehearsedStack(
            self.options,
            self._state,
            backend_url=named.url if isinstance(named, BackendUrl) else ports.backend_url,
            progress=self._progress,
            deployer=self._deployer,
            emulator=LaptopEmulator(self._state, started),
        )
        started.push_async_callback(to_thread, self._processes.end)
        started.enter_context(self._state.held())
        backend = stack.required_backend()
        started.enter_context(logged_to(self._state.logs / "gateway.log"))
        pki = await stack.make_certificates()
        # Before the program reads the files: an edit during the start is seen too.
        watch = await to_thread(Watch, self.options.project, *stack.files())
        deployed = await stack.deploy()
        await to_thread(stack.fill_tables, deployed)
        with self._progress.step("gateway", "Starting the gateway") as shown:
            listening = await listen(
                started,
                deployed,
                state=self._state,
                pki=pki,
                ports=ports,
                backend=backend,
                actions={"redeploy": self._redeploy, "reload": self._reload_asked},
                progress=self._progress,
            )
            shown.detail = listening.ready.gateway
        self._running = _StartedParts(stack, listening, watch)
        listening.ready.write(self._state.ready_file)
        await to_thread(prune_zips, self.options.project, deployed.graph)

    async def _redeploy(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """The control command: deploy again with other settings, then answer from that."""
        changes = asked.get("config")
        if not isinstance(changes, dict) or not all(isinstance(v, str) for v in changes.values()):
            raise MisuseError("redeploy needs config: a mapping of setting names to strings.")
        async with self._replacing:
            following = await self._started().stack.deploy(changes)
            await self._replace(following)
            await self._started().listening.live.drained()
        return {"resources": len(following.graph.resources)}

    async def reload(self) -> Reloaded:
        """Serve the project as its files are now; connections stay open.

        Raises:
            RefusedReloadError: the stack of before is still served; the message says why.
        """
        began = time.monotonic()
        async with self._replacing:
            self._progress.is_muted = True
            try:
                running = self._started()
                await to_thread(running.stack.read_again)
                await running.stack.make_certificates()
                following = await running.stack.deploy()
                has_changed = following.graph != running.listening.served.graph
                if has_changed:
                    await self._replace(following)
                    await to_thread(prune_zips, self.options.project, following.graph)
            except (PortcullisError, OSError) as error:
                raise RefusedReloadError(error, self.options) from error
            finally:
                self._progress.is_muted = False
        return Reloaded(
            resources=len(following.graph.resources),
            has_changed=has_changed,
            seconds=time.monotonic() - began,
        )

    async def _replace(self, following: DeployedStack) -> None:
        running = self._started()
        listening = await running.listening.replace(
            following, pki=running.stack.pki, prepare=lambda: running.stack.fill_tables(following)
        )
        running.stack.adopt(following)
        self._running = replace(running, listening=listening)
        listening.ready.write(self._state.ready_file)

    async def _reload_asked(self, _asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """The control command. A refusal is an answer: the caller shows it."""
        try:
            return {"reloaded": (await self.reload()).describe()}
        except RefusedReloadError as error:
            return {"refused": str(error)}

    @property
    def watch(self) -> Watch:
        """Sees every change of the files that a reload reads, from before the first plan on."""
        return self._started().watch

    def _started(self) -> "_StartedParts":
        if self._running is None:
            raise PortcullisError("The laptop has not started.")
        return self._running


@dataclass(frozen=True)
class _StartedParts:
    """The parts of a started laptop."""

    stack: RehearsedStack
    listening: Listening
    watch: Watch


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Write our modules' log lines to a file; the terminal shows only steps and results."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    ours = logging.getLogger(NAME)
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False
    try:
        yield
    finally:
        ours.propagate = True
        ours.removeHandler(handler)
        handler.close()
