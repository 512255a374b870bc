"""The settings of the stack that is checked, group by group, as far as they are accepted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from portcullis.doctor.diagnosis import Diagnosis, fail, ok
from portcullis.settings.groups.authorizer import AuthorizerSettings
from portcullis.settings.groups.clients import ClientSettings
from portcullis.settings.groups.domain import DomainSettings
from portcullis.settings.groups.location import LocationSettings
from portcullis.settings.groups.web_acl import WebAclSettings
from portcullis.settings.project import LAPTOP_ACCOUNT, ProjectError, StackConfig, load_stack_config
from portcullis.settings.setting import SettingError
from portcullis.settings.setting_group import SettingGroup
from portcullis.settings.stack_settings import StackSettings

Group = TypeVar("Group", bound=SettingGroup)


@dataclass(frozen=True, kw_only=True)
class StackUnderCheck:
    """A group is None where one of its settings is refused."""

    project: Path
    stack: str
    location: LocationSettings | None = None
    domain: DomainSettings | None = None
    authorizer: AuthorizerSettings | None = None
    clients: ClientSettings | None = None
    web_acl: WebAclSettings | None = None

    @property
    def deploys(self) -> bool:
        """Whether the stack is for AWS, not for the laptop."""
        return self.location is None or self.location.account_id != LAPTOP_ACCOUNT

    def registry_file(self, clients: ClientSettings) -> Path:
        return self.project / (clients.clients_file or f"clients.{self.stack}.yaml")


def read_stack(project: Path, stack: str) -> tuple[StackUnderCheck, list[Diagnosis]]:
    """The stack and what is wrong with its settings.

    Raises:
        ProjectError: the stack has no file.
    """
    if not (project / f"Pulumi.{stack}.yaml").is_file():
        load_stack_config(project, stack)  # raises the error that lists the stacks
    try:
        config = load_stack_config(project, stack)
    except ProjectError as error:
        return StackUnderCheck(project=project, stack=stack), [fail("settings", str(error))]
    read = StackUnderCheck(
        project=project,
        stack=stack,
        location=_group(LocationSettings, config),
        domain=_group(DomainSettings, config),
        authorizer=_group(AuthorizerSettings, config),
        clients=_group(ClientSettings, config),
        web_acl=_group(WebAclSettings, config),
    )
    return read, list(_settings(config))


def _group(group: type[Group], config: StackConfig) -> Group | None:
    try:
        return group.read(config)
    except SettingError:
        return None


def _settings(config: StackConfig) -> Iterator[Diagnosis]:
    """One line for each group with a refused setting; then the settings together."""
    groups: list[type[SettingGroup]] = [
        base for base in reversed(StackSettings.__mro__) if issubclass(base, SettingGroup)
    ]
    errors: dict[str, None] = {}
    for group in groups:  # the last one is StackSettings itself
        try:
            group.read(config)
        except SettingError as error:
            errors[str(error)] = None
    yield from (fail("settings", error) for error in errors)
    if not errors:
        yield ok("settings", f"Pulumi.{config.stack}.yaml: every setting is accepted")
