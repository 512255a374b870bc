"""What listens on a laptop: two fronts, the functions' workers, the backend, the control socket."""

import logging
from asyncio import CancelledError, Task, create_task, to_thread
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from portcullis.errors import PortcullisError
from portcullis.gateway.edge.backend_tls import BackendTls
from portcullis.gateway.edge.http_protocol import Handle, Refusal
from portcullis.gateway.edge.listener import Front, serve
from portcullis.gateway.edge.upstream import HttpUpstream
from portcullis.gateway.exchange import Endpoint
from portcullis.gateway.functions.service import FunctionError
from portcullis.gateway.processes.child import Supervised
from portcullis.gateway.resources.domains import domain_specs
from portcullis.gateway.resources.specs import DomainSpec, FunctionSpec
from portcullis.gateway.waf.libinjection import injection_matches
from portcullis.graph.resource import Graph
from portcullis.laptop import damage
from portcullis.laptop.backend import BackendListener, start_backend, write_jwks
from portcullis.laptop.backend_choice import BackendChoice, BackendFunction, SampleBackend
from portcullis.laptop.control import ControlAction, ControlServer
from portcullis.laptop.deployment import Deployment, DeploymentHost, Live
from portcullis.laptop.example_call import ExampleCall, example_call, permitted_paths
from portcullis.laptop.gate_log import GateLog
from portcullis.laptop.gateway_certificates import (
    CLIENT_CERTIFICATE,
    PEM,
    GatewayCertificates,
    certificates_pem,
)
from portcullis.laptop.log_file import LineFile
from portcullis.laptop.ports import Ports, loopback_addresses
from portcullis.laptop.progress import Progress
from portcullis.laptop.ready import BackendTlsFiles, KmsKey, Ready, Served
from portcullis.laptop.recording_tap import RecordingTap
from portcullis.laptop.rehearsed_stack import DeployedStack
from portcullis.laptop.restart import require_no_restart
from portcullis.laptop.state_directory import StateDirectory
from portcullis.managed_rules import BODY_SIZE
from portcullis.pki import atomic
from portcullis.pki.laptop import LaptopPki
from portcullis.sample import SAMPLE
from portcullis.settings.groups.authorizer import AuthorizerPlatform
from portcullis.settings.stack_settings import StackSettings

KMS_KEY = "aws:kms/key:Key"
STAGE = "aws:apigateway/stage:Stage"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Listening:
    """A deployed stack at work. The exit stack that it was started with ends all of it."""

    ready: Ready
    served: DeployedStack
    state: StateDirectory
    live: Live
    host: DeploymentHost
    custom: Front
    backend: Supervised | None  # None for one that this laptop does not start
    describe: Callable[[DeployedStack, LaptopPki], Ready]

    async def replace(
        self, following: DeployedStack, *, pki: LaptopPki, prepare: Callable[[], None]
    ) -> "Listening":
        """Answer from ``following`` from here on; connections stay open.

        Args:
            following: what to answer from.
            pki: its certificates.
            prepare: runs in a thread once the listeners are known to fit.

        Raises:
            PortcullisError: it needs other listeners; this one goes on.
            PortcullisError: a gate that cannot be emulated, a function that does not load.
        """
        graph = following.graph
        require_no_restart(self.served, following, starts_backend=self.backend is not None)
        domains = domain_specs(graph)
        replace_domains = self.custom.replace_domains(domains, _server_certificates(domains, pki))
        await to_thread(prepare)
        deployment = await Deployment.start(graph, self.host)
        write_jwks(self.state.jwks_file, graph.stack_outputs.get("jwks"))
        write_backend_trust(self.state, graph)  # the sample reads it again
        # No await between the two: a call sees both or neither.
        if domains != domain_specs(self.served.graph):
            replace_domains()
        self.live.replace(deployment)
        return replace(self, ready=self.describe(following, pki), served=following)


# Long because it starts every part in order, and hands each to the next.
async def listen(
    started: AsyncExitStack,
    deployed: DeployedStack,
    *,
    state: StateDirectory,
    pki: LaptopPki,
    ports: Ports,
    backend: BackendChoice,
    actions: Mapping[str, ControlAction],
    progress: Progress,
) -> Listening:
    """Start everything that the graph needs; ``started`` ends it in reverse order.

    Raises:
        PortcullisError: a gate that cannot be emulated, a function that does not load, a port that
            is taken.
    """
    graph = deployed.graph
    write_jwks(state.jwks_file, graph.stack_outputs.get("jwks"))
    write_backend_trust(state, graph)
    gate_log = GateLog(state.logs / "gates.jsonl", progress.call, progress.observer)
    started.callback(gate_log.close)
    tap = RecordingTap()
    host = deployment_host(
        started,
        state,
        gate_log,
        pki=pki,
        region=deployed.settings.region,
        account_id=deployed.settings.account_id,
        emulator_url=deployed.emulator.endpoint_url,
        tap=tap,
        other_functions=(backend.spec,) if isinstance(backend, BackendFunction) else (),
    )
    starting = create_task(_first(deployed, host))
    try:
        process = await start_backend(
            started,
            backend,
            listener=backend_listener(state, pki),
            url=str(graph.stack_outputs["backendUrl"]),
            outputs=graph.stack_outputs,
            state=state,
        )
    except BaseException:
        await _abandon(starting)
        raise
    live = Live(await starting)
    started.push_async_callback(live.close)
    custom, default = await start_fronts(
        started, graph, live.handle, pki=pki, ports=ports, on_refused=gate_log.refused
    )
    breaking = damage.commands(workers=live.workers, backend=process, moto=deployed.emulator)
    control = ControlServer(state.control_socket(), {**breaking, **actions, "sent": tap.answer})
    await control.start()
    started.push_async_callback(control.close)

    def describe(stack: DeployedStack, certificates: LaptopPki) -> Ready:
        return _describe(
            stack,
            state,
            certificates,
            custom=custom,
            default=default,
            control=control,
            backend=backend,
            backend_is_started=process is not None,
        )

    return Listening(
        ready=describe(deployed, pki),
        served=deployed,
        state=state,
        live=live,
        host=host,
        custom=custom,
        backend=process,
        describe=describe,
    )


def write_backend_trust(state: StateDirectory, graph: Graph) -> None:
    """Write the client certificates that the backend accepts."""
    atomic.write_public(state.backend_trust, certificates_pem(graph).encode("ascii"))


def backend_listener(state: StateDirectory, pki: LaptopPki) -> BackendListener:
    """How a backend of this laptop listens for TLS, once its trust is written."""
    trust = state.backend_trust
    return BackendListener(
        certificate=pki.server_certificate,
        key=pki.server_key,
        trust=trust if trust.read_bytes() else None,
    )


def deployment_host(
    started: AsyncExitStack,
    state: StateDirectory,
    gate_log: GateLog,
    *,
    pki: LaptopPki,
    region: str,
    account_id: str,
    emulator_url: str,
    tap: RecordingTap | None = None,
    other_functions: tuple[FunctionSpec, ...] = (),
) -> DeploymentHost:
    """What every deployment of one laptop shares; ``started`` closes the upstream and the log."""
    certificates = GatewayCertificates(state.gateway_certificates)
    tls = BackendTls(trust=pki.ca_file, find_identity=certificates.find)
    upstream = HttpUpstream(tls=tls, sent=tap.record if tap else None)
    started.push_async_callback(upstream.close)
    access_log = LineFile(state.access_log)
    started.callback(access_log.close)
    return DeploymentHost(
        state_directory=state.run,
        log_directory=state.logs,
        function_environment=_laptop_environment(region, emulator_url),
        region=region,
        account_id=account_id,
        other_functions=other_functions,
        upstream=upstream,
        access_log=access_log.write_soon,
        execution_log=log.info,
        observe=gate_log.answered,
        tap=tap,
    )


async def _first(deployed: DeployedStack, host: DeploymentHost) -> Deployment:
    try:
        return await Deployment.start(deployed.graph, host)
    except FunctionError as error:
        if deployed.settings.authorizer_platform is not AuthorizerPlatform.LAPTOP:
            raise PortcullisError(
                f"Stack {deployed.config.stack} builds its authorizer for Lambda "
                "(authorizerPlatform), and this machine cannot load it. Add: --config "
                f"authorizerPlatform=laptop --config accountId=000000000000. {error}"
            ) from error
        raise


async def _abandon(starting: Task[Deployment]) -> None:
    starting.cancel()  # has no effect on one that has started
    with suppress(CancelledError, PortcullisError):
        await (await starting).close()


async def start_fronts(
    started: AsyncExitStack,
    graph: Graph,
    handle: Handle,
    *,
    pki: LaptopPki,
    ports: Ports,
    on_refused: Callable[[Refusal], None],
) -> tuple[Front, Front]:
    """The custom domains' listener, and the default endpoint's, which asks for no certificate."""
    domains = domain_specs(graph)
    custom = await serve(
        domains=domains,
        server_certificates=_server_certificates(domains, pki),
        handle=handle,
        addresses=loopback_addresses(),
        port=ports.gateway,
        on_refused=on_refused,
    )
    started.push_async_callback(custom.close)
    plain = DomainSpec(domain_name="localhost", minimum_tls_version="TLSv1.2", truststore_pem=None)
    default = await serve(
        domains=[plain],
        server_certificates=_server_certificates([plain], pki),
        handle=handle,
        addresses=loopback_addresses(),
        port=ports.default_endpoint,
        endpoint=Endpoint.DEFAULT,
        on_refused=on_refused,
    )
    started.push_async_callback(default.close)
    return custom, default


def _server_certificates(
    domains: Sequence[DomainSpec], pki: LaptopPki
) -> dict[str, tuple[Path, Path]]:
    """One certificate for every domain of a laptop."""
    return {spec.domain_name: (pki.server_certificate, pki.server_key) for spec in domains}


def describe_served(
    state: StateDirectory,
    pki: LaptopPki,
    *,
    domain: str,
    ports: tuple[int, int],
    backend: str | None,
    example: ExampleCall | None,
) -> Served:
    """``ports`` are those of the custom domain and of the default endpoint."""
    return Served(
        gateway=f"https://{domain}:{ports[0]}",
        domain=domain,
        default_endpoint=f"https://localhost:{ports[1]}",
        backend=backend,
        ca=str(pki.ca_file.resolve()),
        clients={
            name: {
                "certificate": str(files.certificate.resolve()),
                "key": str(files.key.resolve()),
            }
            for name, files in pki.clients.items()
        },
        log=str(state.access_log.resolve()),
        gates=str((state.logs / "gates.jsonl").resolve()),
        example=example,
    )


# One line for each member: a table that is easier to check whole.
def _describe(
    deployed: DeployedStack,
    state: StateDirectory,
    pki: LaptopPki,
    *,
    custom: Front,
    default: Front,
    control: ControlServer,
    backend: BackendChoice,
    backend_is_started: bool,
) -> Ready:
    outputs, settings = deployed.graph.stack_outputs, deployed.settings
    project = deployed.config.directory
    contract = project / settings.contract_file
    excepted = settings.web_acl_exceptions.get(BODY_SIZE)
    keys = deployed.graph.of_type(KMS_KEY)
    served = describe_served(
        state,
        pki,
        domain=settings.domain,
        ports=(custom.port, default.port),
        backend=str(outputs["backendUrl"]) or None,
        example=_example(deployed, pki),
    )
    return Ready(
        **vars(served),
        backend_kind="url" if served.backend else "function",
        backend_is_started=backend_is_started,
        backend_tls=_backend_tls(deployed.graph, state, pki),
        stage=str(outputs["stage"]),
        issuer=str(outputs["issuer"]),
        audience=str(outputs["audience"]),
        jwks=str(state.jwks_file.resolve()),
        pki=str(state.pki.resolve()),
        control=str(control.path.resolve()),
        contract=str(contract.resolve()),
        clients_file=str((project / settings.registry_file).resolve()),
        case_folders=_case_folders(project, backend),
        allowed_cidrs=list(settings.allowed_cidrs),
        rate_limit=settings.rate_limit,
        rate_window_seconds=settings.rate_window_seconds,
        throttle_rate=settings.throttle_rate,
        throttle_burst=settings.throttle_burst,
        rate_plans=[asdict(plan) for plan in settings.rate_plans.values()],
        managed_rule_groups=list(settings.managed_rule_groups),
        certificate_renewal=_certificate_renewal(settings),
        large_body_routes=list(excepted.routes) if excepted else [],
        injection_matches=injection_matches(),
        authorizer_cache_seconds=settings.authorizer_cache_seconds,
        backend_timeout_seconds=float(settings.backend_timeout_seconds),
        kms=(
            KmsKey(endpoint=deployed.emulator.endpoint_url, key=str(keys[0].property("arn")))
            if keys
            else None
        ),
    )


def _backend_tls(graph: Graph, state: StateDirectory, pki: LaptopPki) -> BackendTlsFiles | None:
    certificates = GatewayCertificates(state.gateway_certificates)
    for stage in graph.of_type(STAGE):
        for certificate in graph.of_type(CLIENT_CERTIFICATE):
            if stage.property("clientCertificateId") == certificate.id:
                presented = certificates.find(str(certificate.property(PEM)))
                if presented is not None:
                    return BackendTlsFiles(
                        certificate=str(presented.certificate.resolve()),
                        key=str(presented.key.resolve()),
                        server_certificate=str(pki.server_certificate.resolve()),
                        server_key=str(pki.server_key.resolve()),
                    )
    return None


def _case_folders(project: Path, backend: BackendChoice) -> list[str]:
    """Where the attack matrix finds cases besides its own: the sample's, and the project's."""
    own = [SAMPLE.cases] if isinstance(backend, SampleBackend) else []
    return [str(folder) for folder in (*own, (project / "acceptance").resolve())]


def _example(deployed: DeployedStack, pki: LaptopPki) -> ExampleCall | None:
    """A call that the first client may make."""
    folder, settings = deployed.config.directory, deployed.settings
    permitted = permitted_paths(
        folder / settings.contract_file, folder / settings.registry_file, next(iter(pki.clients))
    )
    return example_call(deployed.graph, permitted)


def _laptop_environment(region: str, moto: str) -> Mapping[str, str]:
    """What Lambda sets for every function: region and credentials; here the emulator's address."""
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "laptop",
        "AWS_SECRET_ACCESS_KEY": "laptop",
        "AWS_ENDPOINT_URL_KMS": moto,
        "AWS_ENDPOINT_URL_DYNAMODB": moto,
    }


def _certificate_renewal(settings: StackSettings) -> dict[str, str] | None:
    if not settings.certificate_renewal_key_arn:
        return None
    return {
        "path": settings.certificate_renewal_path,
        "scope": settings.certificate_renewal_scope,
    }
