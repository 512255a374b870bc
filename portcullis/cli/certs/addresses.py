"""Chooses the host and the first call that a kit names: from the options, else from the stack."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from portcullis import registry
from portcullis.pki import atomic
from portcullis.pki.kit.address import ApiAddress
from portcullis.pki.layout import PkiLayout
from portcullis.settings.groups.clients import ClientSettings
from portcullis.settings.groups.contract import ContractSettings
from portcullis.settings.groups.domain import DomainSettings
from portcullis.settings.host_names import LOCALHOST
from portcullis.settings.project import StackConfig, find_project, load_stack_config

_LAPTOP_PORT: Final = 8443  # of `portcullis up`


class AddressChooser:
    """Addresses for clients of one stack, whose files are read once."""

    def __init__(
        self, layout: PkiLayout, stack: str, host: str | None = None, path: str | None = None
    ) -> None:
        """Check the host and the path.

        Raises:
            ProjectError: no host is given, and the stack does not exist.
            IdentityError: the host or the path is refused.
        """
        self._config = None if host else load_stack_config(find_project(Path.cwd()), stack)
        self._path = path
        self._host = host or _domain(self._config)
        name = ApiAddress(host=self._host, path=path or "/").name
        is_laptop = name == LOCALHOST or layout.server(name).certificate.is_file()
        has_ca = is_laptop and layout.server_ca.is_file()
        self._server_ca = atomic.read(layout.server_ca) if has_ca else None

    def choose(self, client: str) -> ApiAddress:
        """The first call is a GET that the client's scopes permit, where the stack tells it."""
        paths = self._paths_by_scope
        permitted = sorted(paths[s] for s in self._scopes.get(client, ()) if s in paths)
        path = self._path or next(iter(permitted), "/")
        return ApiAddress(host=self._host, path=path, server_ca=self._server_ca)

    @cached_property
    def _paths_by_scope(self) -> Mapping[str, str]:
        """For each scope the shortest path of the contract whose GET it permits."""
        if self._config is None or self._path:
            return {}
        from portcullis.contract.contract import Contract  # noqa: PLC0415 - slow to import

        file = self._config.directory / ContractSettings.read(self._config).contract_file
        operations = Contract.load(file).operations if file.is_file() else ()
        found = [
            (o.scope, o.path)
            for o in operations
            if o.method == "GET" and o.scope and "{" not in o.path
        ]
        # "/" is often a page for people, so it is the last choice.
        return dict(sorted(found, key=lambda one: (one[1] == "/", len(one[1])), reverse=True))

    @cached_property
    def _scopes(self) -> Mapping[str, tuple[str, ...]]:
        """The scopes of each registered client."""
        if self._config is None or self._path:
            return {}
        named = ClientSettings.read(self._config).clients_file
        file = self._config.directory / (named or f"clients.{self._config.stack}.yaml")
        if not file.is_file():
            return {}
        known = registry.load(file, known_scopes=None).clients
        return {client.id: tuple(client.scopes) for client in known}


def _domain(config: StackConfig | None) -> str:
    domain = DomainSettings.read(config).domain if config else LOCALHOST
    return f"{LOCALHOST}:{_LAPTOP_PORT}" if domain == LOCALHOST else domain
