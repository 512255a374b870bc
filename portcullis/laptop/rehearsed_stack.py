"""The stack that a laptop runs: its settings, its certificates, its judged and deployed graph."""

from asyncio import create_task, gather, sleep, to_thread
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from portcullis import registry
from portcullis.analyzer.verdict import Verdict
from portcullis.gateway.emulator.server import MotoServer
from portcullis.graph.in_process import Program, loaded
from portcullis.graph.resource import Graph
from portcullis.laptop.client_table import deploy_tables
from portcullis.laptop.options import LaptopOptions
from portcullis.laptop.plan import Judge, approve_by_models
from portcullis.laptop.ports import BACKEND_URL, HOST, free_port
from portcullis.laptop.progress import Progress
from portcullis.laptop.revoked_client import REVOKED_CLIENT, registry_that_revokes
from portcullis.laptop.state_directory import StateDirectory
from portcullis.pki.laptop import LaptopPki, ensure
from portcullis.registry.model import ClientStatus, IdentityKind
from portcullis.settings.project import StackConfig, load_stack_config
from portcullis.settings.stack_settings import StackSettings

UNREGISTERED_CLIENT = "stranger"  # has a valid certificate, and is not in the registry
CLIENT_URI = "spiffe://portcullis.local/client"

JudgeOf = Callable[[Path], AbstractContextManager[Judge]]

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A graph with known values, and the settings and KMS emulator that it was deployed with."""

    graph: Graph
    config: StackConfig
    settings: StackSettings
    overrides: Mapping[str, str]
    emulator: MotoServer


class RehearsedStack:
    """Plans, judges and deploys the project's program to the stand-in.

    Args:
        options: the project, the stack, and the settings that override it.
        state: where certificates and the run's copy of the registry are kept.
        backend_url: where the backend listens; None where the options name it.
        progress: shows the steps.
        judge_of: the policy pack of a project.
    """

    def __init__(
        self,
        options: LaptopOptions,
        state: StateDirectory,
        *,
        backend_url: str | None,
        progress: Progress,
        judge_of: JudgeOf,
    ) -> None:
        self._options = options
        self._state = state
        self._progress = progress
        self._judge_of = judge_of
        self._overrides = dict(options.config)
        if backend_url is not None:
            self._overrides[BACKEND_URL] = backend_url
        if options.state_directory is not None:  # its own authorities go with it
            self._overrides.setdefault(
                StackSettings.key("truststore_file"), str(state.pki / "truststore.pem")
            )
        self._read(self._overrides)  # a refused setting is an error before anything is made

    async def make_certificates(self) -> LaptopPki:
        with self._progress.step("certificates", "Making what is missing") as shown:
            self._pki = await to_thread(self._certificates)
            shown.detail = f"two authorities, {len(self._pki.clients)} clients"
        return self._pki

    async def deploy(self, started: AsyncExitStack) -> DeployedStack:
        """Plan, judge and deploy; ``started`` stops the emulator.

        Raises:
            RefusedByPolicyError: a mandatory violation; nothing was started.
            ProgramError: the program did not reach its end.
        """
        overrides = self._overrides
        config = await to_thread(self._with_revoked_client, overrides)
        with ExitStack() as judging:
            program, judge = await self._plan(judging, config)
            with self._progress.step("deploy", "Creating the resources in the stand-in") as shown:
                emulator, graph = await self._deploy_to_emulator(started, program)
                await to_thread(judge.approve, graph, is_preview=False)
                await to_thread(approve_by_models, graph)
                deployed = DeployedStack(
                    graph=graph,
                    config=config,
                    settings=StackSettings.read(config),
                    overrides=overrides,
                    emulator=emulator,
                )
                await to_thread(self.fill_tables, deployed)
                shown.detail = f"{len(graph.resources)} resources, signing key in KMS (moto)"
        return deployed

    async def deploy_again(
        self, deployed: DeployedStack, changes: Mapping[str, str]
    ) -> DeployedStack:
        """The program again with other settings: planned, judged and deployed."""
        overrides = {**deployed.overrides, **changes}
        config = await to_thread(self._with_revoked_client, overrides)
        with ExitStack() as judging:
            program, judge = await self._plan(judging, config)
            graph = await to_thread(
                program.record, preview=False, kms_endpoint=deployed.emulator.endpoint_url
            )
            await to_thread(judge.approve, graph, is_preview=False)
            await to_thread(approve_by_models, graph)
        return DeployedStack(
            graph=graph,
            config=config,
            settings=StackSettings.read(config),
            overrides=overrides,
            emulator=deployed.emulator,
        )

    def fill_tables(self, deployed: DeployedStack) -> None:
        """Create the graph's tables in the emulator and fill the new ones."""
        deploy_tables(
            deployed.graph,
            endpoint_url=deployed.emulator.endpoint_url,
            region=deployed.settings.region,
            clients_file=self._clients_file(deployed.settings),
        )

    async def _plan(self, judging: ExitStack, config: StackConfig) -> tuple[Program, Judge]:
        """The program and its judge, once the plan is approved."""
        options, step = self._options, self._progress.step
        program = judging.enter_context(
            loaded(options.project, options.stack, config=config.raw_values)
        )
        with step("plan", "Running the program as a preview") as shown:
            judge, planned = await _both(
                to_thread(judging.enter_context, self._judge_of(options.project)),
                to_thread(program.record, preview=True),
            )
            shown.detail = f"{len(planned.resources)} resources"
        with step("policies", "Judging the plan") as shown:
            verdict = await to_thread(judge.approve, planned, is_preview=True)
            shown.detail = _summary(verdict)
        with step("AWS models", "Holding the plan to AWS's models") as shown:
            models = await to_thread(approve_by_models, planned)
            shown.detail = f"{models.requests} requests, {models.values} values, 0 findings"
        return program, judge

    async def _deploy_to_emulator(
        self, started: AsyncExitStack, program: Program
    ) -> tuple[MotoServer, Graph]:
        port = free_port(HOST)
        start = create_task(
            MotoServer.start(
                state_directory=self._state.run / "moto",
                log_file=self._state.logs / "moto.log",
                port=port,
            )
        )
        # Its socket listens from the first moment on, so the program need not wait for the rest.
        await sleep(0)
        return await _both(
            _stopped_at_the_end(started, start),
            to_thread(program.record, preview=False, kms_endpoint=f"http://{HOST}:{port}"),
        )

    def _config(self, overrides: Mapping[str, str]) -> StackConfig:
        return load_stack_config(self._options.project, self._options.stack, overrides)

    def _read(self, overrides: Mapping[str, str]) -> StackSettings:
        return StackSettings.read(self._config(overrides))

    def _clients_file(self, settings: StackSettings) -> Path:
        return self._options.project / settings.registry_file

    def _with_revoked_client(self, overrides: Mapping[str, str]) -> StackConfig:
        """The settings with a copy of the registry in which the laptop's client is revoked."""
        clients_file = registry_that_revokes(
            self._clients_file(self._read(overrides)),
            self._pki.clients[REVOKED_CLIENT].certificate,
            self._state.run,
        )
        return self._config({**overrides, StackSettings.key("clients_file"): str(clients_file)})

    def _certificates(self) -> LaptopPki:
        settings = self._read(self._overrides)
        known = registry.load(self._clients_file(settings), known_scopes=None).clients
        # The active client with the most scopes comes first: `up` prints a call of the first one.
        able = sorted(known, key=lambda c: (c.status is not ClientStatus.ACTIVE, -len(c.scopes)))
        clients = {
            client.id: identity.value
            for client in able
            for identity in client.match
            if identity.kind is IdentityKind.SAN_URI
        }
        # With the name of a registered client: the revocation is the only reason to refuse it.
        clients.setdefault(
            REVOKED_CLIENT, next(iter(clients.values()), f"{CLIENT_URI}/{REVOKED_CLIENT}")
        )
        clients.setdefault(UNREGISTERED_CLIENT, f"{CLIENT_URI}/{UNREGISTERED_CLIENT}")
        hosts = dict.fromkeys((settings.domain, "localhost", HOST, "::1"))
        return ensure(self._state.pki, hosts=list(hosts), clients=clients)


async def _stopped_at_the_end(started: AsyncExitStack, start: Awaitable[MotoServer]) -> MotoServer:
    emulator = await start
    started.push_async_callback(emulator.stop)
    return emulator


async def _both(one: Awaitable[A], other: Awaitable[B]) -> tuple[A, B]:
    """Wait for both even when one fails: a thread cannot be cancelled, and may hold a process."""
    first, second = await gather(one, other, return_exceptions=True)
    for result in (first, second):
        if isinstance(result, BaseException):
            raise result
    return cast("tuple[A, B]", (first, second))


def _summary(verdict: Verdict) -> str:
    # A mandatory violation has ended the run before this.
    counted = f"{len(verdict.violations)} advisory" if verdict.violations else "0 violations"
    parts = [f"{len(verdict.rules)} rules", counted]
    if verdict.waived:
        parts.append(f"{len(verdict.waived)} waived")
    return ", ".join(parts)
