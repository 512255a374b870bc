"""A gateway from the export of any stack: what only AWS has is replaced, the rest comes from it.

The export is the graph: a program, a plan and a redeploy do not exist here.
"""

import ipaddress
from asyncio import to_thread
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from portcullis.errors import PortcullisError
from portcullis.gateway.edge.http_protocol import Handle
from portcullis.gateway.exchange import Request, Response
from portcullis.gateway.resources.domains import domain_specs
from portcullis.graph.resource import Graph
from portcullis.graph.state import read_export
from portcullis.laptop.backend import start_backend, write_jwks
from portcullis.laptop.backend_choice import BackendChoice, BackendUrl, SampleBackend
from portcullis.laptop.client_table import TABLE, deploy_tables
from portcullis.laptop.deployment import Deployment, Live
from portcullis.laptop.emulator import LaptopEmulator
from portcullis.laptop.example_call import example_call
from portcullis.laptop.exported.backend import backend_urls, with_backend
from portcullis.laptop.exported.code import with_code
from portcullis.laptop.exported.errors import SubstitutionError
from portcullis.laptop.exported.location import account_and_region
from portcullis.laptop.exported.renewal import renewal_key_arns, with_authority
from portcullis.laptop.exported.signing_keys import signing_keys, with_signing_keys
from portcullis.laptop.exported.truststore import with_truststore
from portcullis.laptop.gate_log import GateLog
from portcullis.laptop.gateway_certificates import CLIENT_CERTIFICATE, GatewayCertificates
from portcullis.laptop.laptop import logged_to
from portcullis.laptop.laptop_clients import CLIENT_URI, UNREGISTERED_CLIENT, registered_clients
from portcullis.laptop.listening import (
    backend_listener,
    deployment_host,
    describe_served,
    start_fronts,
    write_backend_trust,
)
from portcullis.laptop.ports import HOST, Ports, choose_listener_ports, free_port
from portcullis.laptop.progress import Progress
from portcullis.laptop.ready import Served
from portcullis.laptop.renewal_key import authority_file, renewal_key
from portcullis.laptop.signing_key import create_signing_key
from portcullis.laptop.startable import Startable
from portcullis.laptop.state_directory import StateDirectory
from portcullis.pki.laptop import LaptopPki, ensure
from portcullis.sample import SAMPLE


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """What replaces the parts of the export that only AWS has."""

    state: Path
    state_directory: Path
    truststore: Path | None = None
    code: Mapping[str, Path] = field(default_factory=dict)  # by function name; "" is the only one
    backend: BackendChoice | None = None
    clients: Path | None = None
    source_ip: str | None = None  # of every call, in place of this machine's
    port: int | None = None
    default_endpoint_port: int | None = None


class ServedState(Startable):
    """The gateway of one export, until the block ends."""

    def __init__(self, options: ServeOptions, progress: Progress) -> None:
        super().__init__()
        self._options = options
        self._progress = progress
        self._state = StateDirectory(options.state_directory)
        self._served: Served | None = None
        self.stack = ""  # known once the export is read

    @property
    def served(self) -> Served:
        if self._served is None:
            raise PortcullisError("The gateway has not started.")
        return self._served

    async def _start(self, started: AsyncExitStack) -> None:
        options, step = self._options, self._progress.step
        with step("state", "Reading the export") as shown:
            graph = read_export(options.state)
            self.stack = graph.stack
            graph, ports = self._substituted(graph)
            account_id, region = account_and_region(graph)
            shown.detail = f"{len(graph.resources)} resources of stack {graph.stack}"
        started.enter_context(self._state.held())
        started.enter_context(logged_to(self._state.logs / "gateway.log"))
        with step("certificates", "Issuing missing certificates") as shown:
            pki = await to_thread(self._certificates, graph)
            certificates = GatewayCertificates(self._state.gateway_certificates)
            graph = await to_thread(certificates.substituted, graph)
            authority = authority_file(self._state.pki).read_bytes()
            graph = await to_thread(with_authority, graph, authority, self._state.run)
            shown.detail = (
                f"server certificate by the laptop's authority, {len(pki.clients)} clients"
            )
        with step("deploy", "Creating keys and tables in the emulator") as shown:
            emulator = LaptopEmulator(self._state, started)
            for arn in renewal_key_arns(graph):
                emulator.hold(await to_thread(renewal_key, self._state.pki, arn))
            await emulator.running()
            graph = await to_thread(self._with_own_keys, graph, emulator, region)
            await to_thread(self._fill_tables, graph, emulator, region)
            shown.detail = "KMS and DynamoDB (moto)"
        with step("gateway", "Starting the gateway") as shown:
            await self._start_backend(started, graph, ports, pki)
            gate_log = GateLog(
                self._state.logs / "gates.jsonl", self._progress.call, self._progress.observer
            )
            started.callback(gate_log.close)
            host = deployment_host(
                started,
                self._state,
                gate_log,
                pki=pki,
                region=region,
                account_id=account_id,
                emulator_url=emulator.endpoint_url,
            )

            live = Live(await Deployment.start(graph, host))
            started.push_async_callback(live.close)
            custom, default = await start_fronts(
                started,
                graph,
                _from_address(options.source_ip, live.handle),
                pki=pki,
                ports=ports,
                on_refused=gate_log.refused,
            )
            self._served = self._describe(graph, pki, custom.port, default.port)
            shown.detail = self._served.gateway

    def _substituted(self, graph: Graph) -> tuple[Graph, Ports]:
        """The graph without what only AWS has; nothing is started before this succeeds."""
        options = self._options
        _check_address(options.source_ip)
        graph = with_truststore(graph, options.truststore)
        graph = with_code(graph, options.code)
        if graph.of_type(TABLE) and options.clients is None:
            raise SubstitutionError(
                "The registry of this stack is a DynamoDB table, whose items are not in the "
                "export. Give the clients it had: --clients FILE"
            )
        if not domain_specs(graph):
            raise SubstitutionError(
                "The export has no custom domain, so there is nothing to listen for. Run "
                "`pulumi up` before `pulumi stack export`."
            )
        backends = backend_urls(graph)
        named = options.backend
        backend_port = None if named is None or isinstance(named, BackendUrl) else free_port(HOST)
        if named is not None:
            scheme = _scheme(graph, named)
            own = (
                named.url if isinstance(named, BackendUrl) else f"{scheme}://{HOST}:{backend_port}"
            )
            graph = with_backend(graph, own)
        elif backends:
            raise SubstitutionError(
                f"The backend of this export is {', '.join(backends)}. Name one that this machine "
                "may call: --backend http://HOST:PORT, a command that starts one: --backend "
                f"'COMMAND', or the sample: --backend {SAMPLE.name}"
            )
        gateway, default_endpoint = choose_listener_ports(
            options.port, options.default_endpoint_port
        )
        return graph, Ports(
            gateway=gateway,
            default_endpoint=default_endpoint,
            backend=backend_port,
            backend_scheme=_scheme(graph, named),
        )

    def _certificates(self, graph: Graph) -> LaptopPki:
        named = self._options.clients
        clients = {} if named is None else registered_clients(named)
        clients.setdefault(UNREGISTERED_CLIENT, f"{CLIENT_URI}/{UNREGISTERED_CLIENT}")
        domains = [spec.domain_name for spec in domain_specs(graph)]
        hosts = dict.fromkeys((*domains, "localhost", HOST, "::1"))
        return ensure(self._state.pki, hosts=list(hosts), clients=clients)

    @staticmethod
    def _with_own_keys(graph: Graph, emulator: LaptopEmulator, region: str) -> Graph:
        substitutes = [
            (published, create_signing_key(emulator.endpoint_url, region, published.arn))
            for published in signing_keys(graph)
        ]
        return with_signing_keys(graph, substitutes)

    def _fill_tables(self, graph: Graph, emulator: LaptopEmulator, region: str) -> None:
        if self._options.clients is not None:
            deploy_tables(
                graph,
                endpoint_url=emulator.endpoint_url,
                region=region,
                clients_file=self._options.clients,
            )

    async def _start_backend(
        self, started: AsyncExitStack, graph: Graph, ports: Ports, pki: LaptopPki
    ) -> None:
        outputs, state, named = graph.stack_outputs, self._state, self._options.backend
        if named is None:
            return
        missing = [name for name in ("issuer", "audience") if not outputs.get(name)]
        if missing and isinstance(named, SampleBackend):
            raise SubstitutionError(
                f"--backend {SAMPLE.name} verifies tokens by the stack outputs issuer and "
                f"audience, and the export has no {missing[0]}. Start a backend of your own: "
                "--backend URL"
            )
        if ports.backend is not None:
            write_jwks(state.jwks_file, outputs.get("jwks"))
        url = named.url if isinstance(named, BackendUrl) else str(ports.backend_url)
        write_backend_trust(state, graph)
        await start_backend(
            started,
            named,
            listener=backend_listener(state, pki),
            url=url,
            outputs=outputs,
            state=state,
        )

    def _describe(self, graph: Graph, pki: LaptopPki, port: int, default_port: int) -> Served:
        backends = backend_urls(graph)
        return describe_served(
            self._state,
            pki,
            domain=domain_specs(graph)[0].domain_name,
            ports=(port, default_port),
            backend=backends[0] if backends else None,
            example=example_call(graph),
        )


def _scheme(graph: Graph, backend: BackendChoice | None) -> str:
    """The sample is called by TLS where the export has a certificate to present."""
    is_tls = isinstance(backend, SampleBackend) and graph.of_type(CLIENT_CERTIFICATE)
    return "https" if is_tls else "http"


def _check_address(source_ip: str | None) -> None:
    try:
        ipaddress.ip_address(source_ip or HOST)
    except ValueError:
        raise SubstitutionError(
            f"--source-ip {source_ip} must be an IPv4 or IPv6 address, such as one of the web "
            "ACL's allow-list."
        ) from None


def _from_address(source_ip: str | None, handle: Handle) -> Handle:
    """Calls come from this machine; an allow-list holds the partners' addresses."""
    if source_ip is None:
        return handle

    async def handle_as(request: Request) -> Response:
        return await handle(replace(request, source_ip=source_ip))

    return handle_as
