"""The whole chain on one machine: plan, judge, deploy to the stand-in, listen.

Everything that runs comes from the graph: what listens, which zip answers, where the backend is.
"""

import logging
from asyncio import Lock, create_task, gather, sleep, to_thread
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from portcullis import registry
from portcullis.analyzer.verdict import Verdict
from portcullis.errors import MisuseError, PortcullisError
from portcullis.gateway.edge.http_protocol import Refusal
from portcullis.gateway.edge.listener import Front, serve
from portcullis.gateway.edge.upstream import HttpUpstream
from portcullis.gateway.emulator.server import MotoServer
from portcullis.gateway.exchange import Endpoint, Exchange, Response
from portcullis.gateway.functions.service import FunctionError
from portcullis.gateway.resources.model import domain_specs
from portcullis.gateway.resources.specs import DomainSpec
from portcullis.graph.in_process import Program, loaded
from portcullis.graph.resource import Graph
from portcullis.laptop import damage
from portcullis.laptop.backend import petstore, write_jwks
from portcullis.laptop.client_table import deploy_tables
from portcullis.laptop.control import ControlServer
from portcullis.laptop.deployment import Deployment, Live, Surroundings
from portcullis.laptop.gate_log import gate_line, refusal_line
from portcullis.laptop.log_file import LineFile
from portcullis.laptop.options import (
    BACKEND_PORT,
    DEFAULT_ENDPOINT_PORT,
    GATEWAY_PORT,
    LaptopOptions,
)
from portcullis.laptop.plan import Judge, pack_judge
from portcullis.laptop.ports import choose_port, free_port, loopback_addresses
from portcullis.laptop.progress import Progress
from portcullis.laptop.ready import Ready, SigningKey
from portcullis.laptop.revoked_client import REVOKED_CLIENT, registry_that_revokes
from portcullis.laptop.state_directory import StateDirectory
from portcullis.pki.laptop import LaptopPki, ensure
from portcullis.registry.model import ClientStatus, IdentityKind
from portcullis.settings.groups.authorizer import AuthorizerPlatform
from portcullis.settings.project import StackConfig, load_stack_config
from portcullis.settings.stack_settings import StackSettings

HOST = "127.0.0.1"
UNREGISTERED_CLIENT = "stranger"  # has a perfectly good certificate, and is in no registry
CLIENT_URI = "spiffe://portcullis.local/client"
KMS_KEY = "aws:kms/key:Key"

JudgeOf = Callable[[Path], AbstractContextManager[Judge]]

A = TypeVar("A")
B = TypeVar("B")

log = logging.getLogger(__name__)


class ForeignPlatformError(PortcullisError):
    """The stack's function is built for Lambda's machines."""

    def __init__(self, stack: str, error: FunctionError) -> None:
        super().__init__(
            f"Stack {stack} builds its authorizer for Lambda (authorizerPlatform), and this "
            f"machine cannot load it. Add: --config authorizerPlatform=laptop --config "
            f"accountId=000000000000 (README.md, Rehearse another stack). {error}"
        )


class Laptop:
    """Started by ``async with``; when the block ends, so has every process it started."""

    def __init__(
        self, options: LaptopOptions, progress: Progress, judge: JudgeOf = pack_judge
    ) -> None:
        self.options = options
        self._progress = progress
        self._judge_of = judge
        self._exit = AsyncExitStack()
        self._state = StateDirectory(options.state_directory or options.project / ".portcullis")
        self._ready: Ready | None = None
        self._redeploying = Lock()

    @property
    def ready(self) -> Ready:
        if self._ready is None:
            raise PortcullisError("The laptop has not started.")
        return self._ready

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as started:
            await self._start(started)
            self._exit = started.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exit.__aexit__(kind, error, trace)

    async def _start(self, started: AsyncExitStack) -> None:
        step = self._progress.step
        self._overrides = self._chosen()
        config = self._config(self._overrides)
        started.enter_context(self._state.held())
        started.enter_context(_logged_to(self._state.logs / "gateway.log"))

        with step("certificates", "Making what is missing") as shown:
            pki = await to_thread(self._certificates, config)
            shown.detail = f"two authorities, {len(pki.clients)} clients"
        self._pki = pki
        config = await to_thread(self._revoking, self._overrides)
        with ExitStack() as judging:
            program, judge = await self._plan(judging, config)
            with step("deploy", "Creating the resources in the stand-in") as shown:
                moto, graph = await self._deploy(started, program)
                await to_thread(judge.approve, graph, is_preview=False)
                await to_thread(self._deploy_tables, config, moto, graph)
                shown.detail = f"{len(graph.resources)} resources, signing key in KMS (moto)"
        with step("gateway", "Starting what listens") as shown:
            self._ready = await self._listen(started, config, pki, moto, graph)
            shown.detail = self._ready.gateway
        self._ready.write(self._state.ready_file)

    async def _plan(self, judging: ExitStack, config: StackConfig) -> tuple[Program, Judge]:
        """The program and its judge, once the plan is approved."""
        options, step = self.options, self._progress.step
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
        return program, judge

    async def _redeploy(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """The program again, with other settings: planned, judged, deployed; then it takes over."""
        changes = asked.get("config")
        if not isinstance(changes, dict) or not all(isinstance(v, str) for v in changes.values()):
            raise MisuseError("redeploy needs config: settings by name, each as text.")
        async with self._redeploying:
            overrides = {**self._overrides, **changes}
            config = await to_thread(self._revoking, overrides)
            with ExitStack() as judging:
                program, judge = await self._plan(judging, config)
                graph = await to_thread(
                    program.record, preview=False, kms_endpoint=self._moto.endpoint_url
                )
                await to_thread(judge.approve, graph, is_preview=False)
            self._live.require_same_listener(graph)
            await to_thread(self._deploy_tables, config, self._moto, graph)
            following = await Deployment.start(graph, self._around)
            write_jwks(self._state.jwks_file, graph.stack_outputs.get("jwks"))
            await self._live.replace(following)
            self._overrides = overrides
        return {"resources": len(graph.resources)}

    def _deploy_tables(self, config: StackConfig, moto: MotoServer, graph: Graph) -> None:
        deploy_tables(
            graph,
            endpoint_url=moto.endpoint_url,
            region=StackSettings.read(config).region,
            clients_file=self._clients_file(config),
        )

    def _clients_file(self, config: StackConfig) -> Path:
        return self.options.project / StackSettings.read(config).registry_file

    def _revoking(self, overrides: Mapping[str, str]) -> StackConfig:
        """The settings with the laptop's revoked client in the registry beside the stack's own."""
        clients_file = registry_that_revokes(
            self._clients_file(self._config(overrides)),
            self._pki.clients[REVOKED_CLIENT].certificate,
            self._state.run,
        )
        return self._config({**overrides, StackSettings.key("clients_file"): str(clients_file)})

    def _config(self, overrides: Mapping[str, str]) -> StackConfig:
        return load_stack_config(self.options.project, self.options.stack, overrides)

    def _chosen(self) -> dict[str, str]:
        """This run's settings over the stack's; ports are chosen before anything runs."""
        options = self.options
        self._port = choose_port(HOST, default=GATEWAY_PORT, wanted=options.port, option="--port")
        self._default_port = choose_port(
            HOST,
            default=DEFAULT_ENDPOINT_PORT,
            wanted=options.default_endpoint_port,
            option="--default-endpoint-port",
        )
        overrides = dict(options.config)
        if options.state_directory is not None:  # its own authorities go with it
            own = str(self._state.pki / "truststore.pem")
            overrides.setdefault(StackSettings.key("truststore_file"), own)
        if (backend_url := StackSettings.key("backend_url")) not in overrides:
            port = choose_port(
                HOST, default=BACKEND_PORT, wanted=options.backend_port, option="--backend-port"
            )
            overrides[backend_url] = f"http://{HOST}:{port}"
        return overrides

    def _certificates(self, config: StackConfig) -> LaptopPki:
        domain = StackSettings.read(config).domain
        known = registry.load(self._clients_file(config), known_scopes=None).clients
        # Whoever may do most comes first: the first one is what a person is shown.
        able = sorted(known, key=lambda c: (c.status is not ClientStatus.ACTIVE, -len(c.scopes)))
        clients = {
            client.id: identity.value
            for client in able
            for identity in client.match
            if identity.kind is IdentityKind.SAN_URI
        }
        # Named like a client in good standing: only the revocation is against it.
        clients.setdefault(
            REVOKED_CLIENT, next(iter(clients.values()), f"{CLIENT_URI}/{REVOKED_CLIENT}")
        )
        clients.setdefault(UNREGISTERED_CLIENT, f"{CLIENT_URI}/{UNREGISTERED_CLIENT}")
        hosts = dict.fromkeys((domain, "localhost", HOST, "::1"))
        return ensure(self._state.pki, hosts=list(hosts), clients=clients)

    async def _deploy(self, started: AsyncExitStack, program: Program) -> tuple[MotoServer, Graph]:
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
        moto, graph = await _both(
            self._stopped_at_the_end(started, start),
            to_thread(program.record, preview=False, kms_endpoint=f"http://{HOST}:{port}"),
        )
        return moto, graph

    @staticmethod
    async def _stopped_at_the_end(
        started: AsyncExitStack, start: Awaitable[MotoServer]
    ) -> MotoServer:
        moto = await start
        started.push_async_callback(moto.stop)
        return moto

    async def _listen(
        self,
        started: AsyncExitStack,
        config: StackConfig,
        pki: LaptopPki,
        moto: MotoServer,
        graph: Graph,
    ) -> Ready:
        outputs, state = graph.stack_outputs, self._state
        write_jwks(state.jwks_file, outputs.get("jwks"))
        backend = petstore(
            str(outputs["backendUrl"]),
            jwks=state.jwks_file,
            issuer=str(outputs["issuer"]),
            audience=str(outputs["audience"]),
            scratch=state.run,
            log_file=state.logs / "petstore.log",
        )
        await backend.start()
        started.push_async_callback(backend.stop)

        upstream = HttpUpstream()
        started.push_async_callback(upstream.close)
        access_log, gate_log = LineFile(state.access_log), LineFile(state.logs / "gates.jsonl")
        started.callback(access_log.close)
        started.callback(gate_log.close)

        def observe(exchange: Exchange, response: Response) -> None:
            gate_log.write(gate_line(exchange, response))

        def refused(refusal: Refusal) -> None:
            gate_log.write(refusal_line(refusal))

        settings = StackSettings.read(config)
        self._around = Surroundings(
            state_directory=state.run,
            log_directory=state.logs,
            function_environment=_laptop_environment(settings.region, moto.endpoint_url),
            region=settings.region,
            account_id=settings.account_id,
            upstream=upstream,
            access_log=access_log.write,
            execution_log=log.info,
            observe=observe,
        )
        self._moto, self._live = moto, Live(await self._first(config, graph))
        started.push_async_callback(self._live.close)
        custom, default = await self._fronts(started, pki, graph, refused)
        control = ControlServer(
            state.control_socket(),
            {
                **damage.commands(workers=self._live.pids, backend=backend, moto=moto),
                "redeploy": self._redeploy,
            },
        )
        await control.start()
        started.push_async_callback(control.close)
        return self._describe(config, pki, moto, graph, (custom.port, default.port, control.path))

    async def _first(self, config: StackConfig, graph: Graph) -> Deployment:
        try:
            return await Deployment.start(graph, self._around)
        except FunctionError as error:
            platform = StackSettings.read(config).authorizer_platform
            if platform is not AuthorizerPlatform.LAPTOP:
                raise ForeignPlatformError(config.stack, error) from error
            raise

    async def _fronts(
        self,
        started: AsyncExitStack,
        pki: LaptopPki,
        graph: Graph,
        refused: Any,
    ) -> tuple[Front, Front]:
        server = (pki.server_certificate, pki.server_key)
        domains = domain_specs(graph)
        custom = await serve(
            domains=domains,
            server_certificates={domain.domain_name: server for domain in domains},
            handle=self._live.handle,
            addresses=loopback_addresses(),
            port=self._port,
            on_refused=refused,
        )
        started.push_async_callback(custom.close)
        plain = DomainSpec(
            domain_name="localhost", minimum_tls_version="TLSv1.2", truststore_pem=None
        )
        default = await serve(
            domains=[plain],
            server_certificates={plain.domain_name: server},
            handle=self._live.handle,
            addresses=loopback_addresses(),
            port=self._default_port,
            endpoint=Endpoint.DEFAULT,
            on_refused=refused,
        )
        started.push_async_callback(default.close)
        return custom, default

    def _describe(
        self,
        config: StackConfig,
        pki: LaptopPki,
        moto: MotoServer,
        graph: Graph,
        listening: tuple[int, int, Path],
    ) -> Ready:
        port, default_port, control = listening
        outputs, settings = graph.stack_outputs, StackSettings.read(config)
        keys = graph.of_type(KMS_KEY)
        return Ready(
            gateway=f"https://{settings.domain}:{port}",
            default_endpoint=f"https://localhost:{default_port}",
            backend=str(outputs["backendUrl"]),
            ca=str(pki.ca_file.resolve()),
            clients={
                name: {
                    "certificate": str(files.certificate.resolve()),
                    "key": str(files.key.resolve()),
                }
                for name, files in pki.clients.items()
            },
            log=str(self._state.access_log.resolve()),
            gates=str((self._state.logs / "gates.jsonl").resolve()),
            stage=str(outputs["stage"]),
            domain=settings.domain,
            issuer=str(outputs["issuer"]),
            audience=str(outputs["audience"]),
            jwks=str(self._state.jwks_file.resolve()),
            pki=str(self._state.pki.resolve()),
            control=str(control.resolve()),
            allowed_cidrs=list(settings.allowed_cidrs),
            rate_limit=settings.rate_limit,
            rate_window_seconds=settings.rate_window_seconds,
            throttle_rate=settings.throttle_rate,
            throttle_burst=settings.throttle_burst,
            rate_plans=[asdict(plan) for plan in settings.rate_plans.values()],
            managed_rule_groups=list(settings.managed_rule_groups),
            authorizer_cache_seconds=settings.authorizer_cache_seconds,
            backend_timeout_seconds=float(settings.backend_timeout_seconds),
            kms=(
                SigningKey(endpoint=moto.endpoint_url, key=str(keys[0].property("arn")))
                if keys
                else None
            ),
        )


def _laptop_environment(region: str, moto: str) -> Mapping[str, str]:
    """What Lambda gives every function: region, credentials; here with the emulator's address."""
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "laptop",
        "AWS_SECRET_ACCESS_KEY": "laptop",
        "AWS_ENDPOINT_URL_KMS": moto,
        "AWS_ENDPOINT_URL_DYNAMODB": moto,
    }


@contextmanager
def _logged_to(path: Path) -> Iterator[None]:
    """Our own modules' log lines go to a file: the terminal is for what a person asked."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    ours = logging.getLogger("portcullis")
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False
    try:
        yield
    finally:
        ours.propagate = True
        ours.removeHandler(handler)
        handler.close()


async def _both(one: Awaitable[A], other: Awaitable[B]) -> tuple[A, B]:
    """Wait for both even when one fails: a thread cannot be called off, and may hold a process."""
    first, second = await gather(one, other, return_exceptions=True)
    for result in (first, second):
        if isinstance(result, BaseException):
            raise result
    return cast("tuple[A, B]", (first, second))


def _summary(verdict: Verdict) -> str:
    # A mandatory one would have ended it here.
    found = f"{len(verdict.violations)} advisory" if verdict.violations else "0 violations"
    parts = [f"{len(verdict.rules)} rules", found]
    if verdict.waived:
        parts.append(f"{len(verdict.waived)} waived")
    return ", ".join(parts)
