"""Reads what the commands need of a contract and a stack's settings from the project's files.

Importing the program would import Pulumi and need its folder on the path. Outside a project nothing
is known here; the next deploy checks scopes and plans.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from portcullis.contract.contract import Contract
from portcullis.settings.groups.authorizer import AuthorizerSettings
from portcullis.settings.groups.certificate_renewal import CertificateRenewalSettings
from portcullis.settings.groups.clients import ClientSettings
from portcullis.settings.groups.contract import ContractSettings
from portcullis.settings.groups.domain import DomainSettings
from portcullis.settings.groups.location import LocationSettings
from portcullis.settings.name_prefix import prefix_of
from portcullis.settings.project import (
    ProjectError,
    find_project,
    load_stack_config,
    read_project_file,
)

CONTRACT = Path(ContractSettings.contract_file)  # where a stack does not set contractFile
_OF_A_TABLE = "-registry"  # components/registry_table.py


def known_scopes(stack: str) -> frozenset[str] | None:
    """The scopes of the stack's contract; None outside a project.

    Raises:
        ContractError: API Gateway would refuse the contract, or it cannot be read.
        ProjectError: the stack's file cannot be read.
        SettingError: contractFile is refused.
    """
    project = _project()
    if project is None:
        return None
    contract, own = str(CONTRACT), frozenset[str]()
    if (project / f"Pulumi.{stack}.yaml").is_file():
        config = load_stack_config(project, stack)
        contract = ContractSettings.read(config).contract_file
        renewal = CertificateRenewalSettings.read(config)
        if renewal.certificate_renewal_key_arn:
            own = frozenset({renewal.certificate_renewal_scope})
    return Contract.load(project / contract).scopes | own


def known_rate_plans(stack: str) -> frozenset[str] | None:
    """The names in a stack's ``ratePlans``; None if the stack has no file here.

    Raises:
        ProjectError: the stack's file cannot be read.
        SettingError: a setting of the client registry is refused.
    """
    project = _project()
    if project is None or not (project / f"Pulumi.{stack}.yaml").is_file():
        return None
    return frozenset(ClientSettings.read(load_stack_config(project, stack)).rate_plans)


def cache_seconds(stack: str) -> tuple[int, int] | None:
    """``registryCacheSeconds`` and ``authorizerCacheSeconds``; None if the stack has no file here.

    Raises:
        ProjectError: the stack's file cannot be read.
        SettingError: one of them is refused.
    """
    project = _project()
    if project is None or not (project / f"Pulumi.{stack}.yaml").is_file():
        return None
    config = load_stack_config(project, stack)
    return (
        ClientSettings.read(config).registry_cache_seconds,
        AuthorizerSettings.read(config).authorizer_cache_seconds,
    )


@dataclass(frozen=True, kw_only=True)
class RevocationSettings:
    """Where a stack has its revocation lists, and where they are published."""

    file: Path | None
    table: str | None
    truststore: Path
    urls: tuple[str, ...]


def revocation_settings(stack: str) -> RevocationSettings:
    """The settings of a stack of the project in this folder.

    Raises:
        ProjectError: this is not the folder of a project, or the stack's file cannot be read.
        SettingError: one of the settings is refused.
    """
    project = find_project(Path.cwd())
    config = load_stack_config(project, stack)
    clients = ClientSettings.read(config)
    return RevocationSettings(
        file=project / clients.crl_file if clients.crl_file else None,
        table=LocationSettings.read(config).name + _OF_A_TABLE if clients.crl_table else None,
        truststore=project / DomainSettings.read(config).truststore_file,
        urls=clients.crl_urls,
    )


def truststore_of(stack: str) -> Path | None:
    """The truststore that a stack deploys; None if the stack has no file here.

    Raises:
        ProjectError: the stack's file cannot be read.
        SettingError: a setting of the domain is refused.
    """
    project = _project()
    if project is None or not (project / f"Pulumi.{stack}.yaml").is_file():
        return None
    return project / DomainSettings.read(load_stack_config(project, stack)).truststore_file


def stack_of_table(table: str) -> str | None:
    """The stack in the name that the deploy gives a registry table; None for another name."""
    project = _project()
    prefix = prefix_of(str(read_project_file(project).get("name", "")) if project else "")
    found = re.fullmatch(rf"{prefix}-(?P<stack>.+){_OF_A_TABLE}", table)
    return None if found is None else found["stack"]


def _project() -> Path | None:
    try:
        return find_project(Path.cwd())
    except ProjectError:
        return None
