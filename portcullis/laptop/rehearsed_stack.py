"""The stack that a laptop runs: its settings, its certificates, its judged and deployed graph."""

from asyncio import to_thread
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portcullis.contract.contract import Contract
from portcullis.errors import MisuseError, PortcullisError
from portcullis.gateway.emulator.server import MotoServer
from portcullis.graph.resource import Graph
from portcullis.laptop.backend_choice import BackendChoice, BackendUrl, SampleBackend
from portcullis.laptop.backend_function import backend_function
from portcullis.laptop.client_table import deploy_tables
from portcullis.laptop.demo_clients import clients_fit, fits_a_policy, write_demo_clients
from portcullis.laptop.deployer import Deployer
from portcullis.laptop.emulator import LaptopEmulator
from portcullis.laptop.gateway_certificates import GatewayCertificates
from portcullis.laptop.laptop_clients import laptop_clients
from portcullis.laptop.options import LaptopOptions
from portcullis.laptop.ports import BACKEND_URL, HOST
from portcullis.laptop.progress import Progress
from portcullis.laptop.renewal_key import authority_file, renewal_key
from portcullis.laptop.revoked_client import REVOKED_CLIENT, registry_that_revokes
from portcullis.laptop.state_directory import StateDirectory
from portcullis.pki.laptop import LaptopPki, ensure
from portcullis.sample import SAMPLE
from portcullis.settings.groups.backend import BackendSettings, is_function
from portcullis.settings.project import ProjectError, StackConfig, load_stack_config
from portcullis.settings.stack_settings import StackSettings

CLIENTS_FILE = StackSettings.key("clients_file")
CONTRACT_FILE = StackSettings.key("contract_file")
RENEWAL_AUTHORITY_FILE = StackSettings.key("certificate_renewal_authority_file")


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A graph with known values, and the settings and KMS emulator that it was deployed with."""

    graph: Graph
    config: StackConfig
    settings: StackSettings
    overrides: Mapping[str, str]
    emulator: MotoServer


class RehearsedStack:
    """The project's stack with a laptop's changes to its settings and its registry.

    Args:
        options: the project, the stack, and the settings that override it.
        state: where certificates and the run's copy of the registry are kept.
        backend_url: where the backend listens; None where the options name it. Not used where the
            stack's backend is a function.
        progress: shows the steps.
        deployer: the engine, or the program in process.
        emulator: where signing keys and tables are created.
    """

    def __init__(
        self,
        options: LaptopOptions,
        state: StateDirectory,
        *,
        backend_url: str | None,
        progress: Progress,
        deployer: Deployer,
        emulator: LaptopEmulator,
    ) -> None:
        self._options = options
        self._state = state
        self._progress = progress
        self._deployer = deployer
        self._emulator = emulator
        self._overrides = dict(options.config)
        if backend_url is not None and not is_function(self._config(self._overrides)):
            self._overrides[BACKEND_URL] = backend_url
        if options.state_directory is not None:  # its own authorities go with it
            self._overrides.setdefault(
                StackSettings.key("truststore_file"), str(state.pki / "truststore.pem")
            )
        # A refused setting is an error before anything is made.
        self._settings = self._read(self._overrides)
        self._demo_contract = self._contract_of_demo_clients()

    def required_backend(self) -> BackendChoice:
        """What this run's gateway calls.

        Raises:
            MisuseError: no option names a backend, and the contract is not the sample's.
            BackendCodeError: the backend is a function, and its code is missing.
        """
        options = self._options
        if self._settings.backend_function_arn:
            return backend_function(
                self._settings.backend_function_arn,
                options.backend_code,
                options.backend_handler,
                self._state.run,
            )
        if options.backend is not None:
            return options.backend
        contract = options.project / self._settings.contract_file
        if SAMPLE.owns(contract, project=options.project):
            return SampleBackend()
        if BACKEND_URL in options.config:  # a backend of this run's own settings counts as named
            return BackendUrl(url=options.config[BACKEND_URL].rstrip("/"))
        raise MisuseError(
            f"No backend to run: {self._settings.contract_file} is a contract of your own, and "
            f"this command does not call the backend of stack {options.stack} "
            f"({self._backend_of_the_stack()}) unless you name it. "
            "Name a running one: portcullis up --backend http://127.0.0.1:PORT, or let this "
            "command start it: --backend 'COMMAND'"
        )

    def _backend_of_the_stack(self) -> str:
        try:
            return BackendSettings.read(self._config({})).backend_url
        except ProjectError:  # it may stand in no file, because a run overrides it
            return "not set"

    def read_again(self) -> None:
        """Take the stack's files as they are now.

        Raises:
            PortcullisError: a setting or file is refused.
        """
        self._settings = self._read(self._overrides)
        self._demo_contract = self._contract_of_demo_clients()

    def files(self) -> list[Path]:
        """The files that the settings name; they may be outside of the project."""
        settings = self._settings
        named = (
            settings.contract_file,
            settings.registry_file,
            settings.truststore_file,
            settings.crl_file,
        )
        return [self._options.project / name for name in named if name]

    async def make_certificates(self) -> LaptopPki:
        with self._progress.step("certificates", "Issuing missing certificates") as shown:
            self.pki = await to_thread(self._certificates)
            if arn := self._settings.certificate_renewal_key_arn:
                self._emulator.hold(await to_thread(renewal_key, self._state.pki, arn))
            demo = "" if self._demo_contract is None else ", demo clients for this contract"
            shown.detail = f"two authorities, {len(self.pki.clients)} clients{demo}"
        return self.pki

    async def deploy(self, changes: Mapping[str, str] | None = None) -> DeployedStack:
        """Plan, judge and deploy the stack with its settings and these ``changes``.

        Raises:
            PortcullisError: a refused setting, a mandatory violation, a program that does not
                reach its end.
        """
        overrides = {**self._overrides, **(changes or {})}
        config = await to_thread(self._with_revoked_client, overrides)
        try:
            graph = await self._deployer.deploy(config, self._emulator)
        except PortcullisError as error:
            # The program read the copy of the registry, whose lines are those of the file itself.
            copy = StackSettings.read(config).registry_file
            original = self._read(overrides).registry_file
            error.args = (str(error).replace(str(copy), str(original)),)
            raise
        certificates = GatewayCertificates(self._state.gateway_certificates)
        graph = await to_thread(certificates.substituted, graph)
        return DeployedStack(
            graph=graph,
            config=config,
            settings=StackSettings.read(config),
            overrides=overrides,
            emulator=await self._emulator.running(),
        )

    def adopt(self, deployed: DeployedStack) -> None:
        """Make its settings the ones that a later deploy changes."""
        self._overrides = dict(deployed.overrides)

    def fill_tables(self, deployed: DeployedStack) -> None:
        """Create the graph's tables in the emulator and fill the new ones."""
        deploy_tables(
            deployed.graph,
            endpoint_url=deployed.emulator.endpoint_url,
            region=deployed.settings.region,
            clients_file=self._clients_file(deployed.settings),
        )

    def _config(self, overrides: Mapping[str, str]) -> StackConfig:
        return load_stack_config(self._options.project, self._options.stack, overrides)

    def _read(self, overrides: Mapping[str, str]) -> StackSettings:
        return StackSettings.read(self._config(overrides))

    def _clients_file(self, settings: StackSettings) -> Path:
        return self._options.project / settings.registry_file

    def _contract_of_demo_clients(self) -> Contract | None:
        """The contract to make clients for; None where the stack's own clients are used.

        Only a contract that is named for this run gets other clients: a stack's own contract and
        clients must fit each other.
        """
        named = self._options.config
        if CONTRACT_FILE not in named or CLIENTS_FILE in named:
            return None
        contract = Contract.load(self._options.project / self._settings.contract_file)
        own = self._options.project / self._settings.registry_file
        return None if own.is_file() and clients_fit(own, contract.scopes) else contract

    def _with_revoked_client(self, overrides: Mapping[str, str]) -> StackConfig:
        """The settings with a copy of the registry in which the laptop's client is revoked."""
        clients_file = registry_that_revokes(
            self._clients_file(self._read(overrides)),
            self.pki.clients[REVOKED_CLIENT].certificate,
            self._state.run,
        )
        changed = {CLIENTS_FILE: str(clients_file)}
        if self._read(overrides).certificate_renewal_key_arn:
            # The laptop's own authority has issued the certificates of its clients.
            changed[RENEWAL_AUTHORITY_FILE] = str(authority_file(self._state.pki))
        return self._config({**overrides, **changed})

    def _certificates(self) -> LaptopPki:
        if self._demo_contract is not None:
            file = write_demo_clients(
                self._state.run / "demo",
                self._demo_contract.scopes,
                rate_plans=self._settings.rate_plans,
                fits=fits_a_policy(self._demo_contract),
            )
            self._overrides[CLIENTS_FILE] = str(file)
        settings = self._read(self._overrides)
        clients = laptop_clients(self._clients_file(settings))
        hosts = dict.fromkeys((settings.domain, "localhost", HOST, "::1"))
        return ensure(self._state.pki, hosts=list(hosts), clients=clients)
