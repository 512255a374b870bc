"""The settings of the bootstrap program, checked before anything is registered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pulumi
import pulumi_aws as aws
import yaml

from bootstrap.ci_role import READER_NAME, ROLE_NAME
from portcullis.errors import MisuseError
from portcullis.settings.name_prefix import PATTERN, prefix_of

NAMESPACE = "portcullis-bootstrap"
GITHUB = "https://token.actions.githubusercontent.com"
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,254}")
_ISSUER = re.compile(r"https://[a-z0-9.-]+(/[A-Za-z0-9._/-]+)?")
_ACCOUNT = re.compile(r"[0-9]{12}")
_PREFIX = re.compile(PATTERN)
PROJECT_FILE = Path(__file__).resolve().parents[1] / "Pulumi.yaml"  # of the stacks


class CiSettingError(MisuseError, pulumi.RunError):
    """The engine shows a RunError as one line, without a traceback."""

    def __init__(self, key: str, accepts: str, example: str) -> None:
        super().__init__(
            f"{NAMESPACE}:{key} must be {accepts}. Run in bootstrap/: pulumi config set {key} "
            f"{example}"
        )


@dataclass(frozen=True, kw_only=True)
class CiSettings:
    account_id: str
    region: str
    name_prefix: str
    repository: str = ""
    environments: Sequence[str] = ()
    branches: Sequence[str] = ()
    read_environments: Sequence[str] = ()
    subjects: Sequence[str] = ()
    read_subjects: Sequence[str] = ()
    issuer: str = GITHUB
    provider_arn: str = ""
    hosted_zone_id: str = ""
    state_bucket: str = ""
    tag_key: str = "project"
    tag_value: str = "portcullis"

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.account_id):
            raise CiSettingError("accountId", "12 digits", "111122223333")
        if not _PREFIX.fullmatch(self.name_prefix):
            raise CiSettingError(
                "namePrefix", "the namePrefix of the stacks", prefix_of(self.name_prefix)
            )
        if any(role.startswith(f"{self.name_prefix}-") for role in (ROLE_NAME, READER_NAME)):
            raise CiSettingError(
                "namePrefix",
                f"another one than {self.name_prefix!r}: the rights would contain the role itself",
                "orders",
            )
        if not _ISSUER.fullmatch(self.issuer):
            raise CiSettingError("issuer", "an https URL without a final slash", GITHUB)
        for key, subjects in (("subjects", self.subjects), ("readSubjects", self.read_subjects)):
            if any("*" in subject or not subject for subject in subjects):
                raise CiSettingError(
                    key, "exact subjects without a wildcard", f"--path '{key}[0]' SUBJECT"
                )
        if self.subjects:
            return
        if self.issuer != GITHUB:
            raise CiSettingError(
                "subjects", "set for an issuer other than GitHub", "--path 'subjects[0]' SUBJECT"
            )
        if not _REPOSITORY.fullmatch(self.repository):
            raise CiSettingError("repository", "OWNER/NAME", "example/portcullis")
        if not self.environments and not self.branches:
            raise CiSettingError(
                "environments",
                "at least one, unless branches are set",
                "--path 'environments[0]' dev",
            )
        for key, names in (
            ("environments", self.environments),
            ("branches", self.branches),
            ("readEnvironments", self.read_environments),
        ):
            if not all(_NAME.fullmatch(name) for name in names):
                raise CiSettingError(
                    key, "plain names without a wildcard", f"--path '{key}[0]' dev"
                )

    @property
    def trusted_subjects(self) -> tuple[str, ...]:
        """The exact subjects of the tokens that may assume the role.

        Source: GitHub Docs, "About security hardening with OpenID Connect", example subject claims.
        """
        if self.subjects:
            return tuple(self.subjects)
        return (
            *(f"repo:{self.repository}:environment:{name}" for name in self.environments),
            *(f"repo:{self.repository}:ref:refs/heads/{name}" for name in self.branches),
        )

    @property
    def reader_subjects(self) -> tuple[str, ...]:
        """The exact subjects of the tokens that may assume the role that only reads."""
        if self.subjects:
            return tuple(self.read_subjects)
        return tuple(
            f"repo:{self.repository}:environment:{name}" for name in self.read_environments
        )

    @classmethod
    def load(cls) -> Self:
        config = pulumi.Config(NAMESPACE)
        return cls(
            account_id=config.require("accountId"),
            region=pulumi.Config("aws").require("region"),
            name_prefix=config.get("namePrefix") or prefix_of_project(PROJECT_FILE),
            repository=config.get("repository") or "",
            environments=config.get_object("environments") or (),
            branches=config.get_object("branches") or (),
            read_environments=config.get_object("readEnvironments") or (),
            subjects=config.get_object("subjects") or (),
            read_subjects=config.get_object("readSubjects") or (),
            issuer=config.get("issuer") or GITHUB,
            provider_arn=config.get("providerArn") or "",
            hosted_zone_id=config.get("hostedZoneId") or "",
            state_bucket=config.get("stateBucket") or "",
            tag_key=config.get("tagKey") or "project",
            tag_value=config.get("tagValue") or "portcullis",
        )


def prefix_of_project(file: Path) -> str:
    """The default of ``namePrefix`` in the stacks of a project, from its Pulumi.yaml.

    Raises:
        CiSettingError: the file cannot be read or has no name.
    """
    try:
        project = yaml.safe_load(file.read_text(encoding="utf-8"))
        return prefix_of(project["name"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, KeyError, TypeError):
        raise CiSettingError(
            "namePrefix", f"set, because {file} does not name a project", "portcullis"
        ) from None


def require_account(settings: CiSettings) -> None:
    """The trust policy names the account: credentials of another one make a useless role."""
    found = aws.get_caller_identity().account_id
    if found != settings.account_id:
        raise CiSettingError(
            "accountId", f"{found}, the account of the AWS credentials in use", f"'{found}'"
        )
