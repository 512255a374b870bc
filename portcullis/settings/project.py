"""Reads Pulumi.yaml and Pulumi.<stack>.yaml as the engine does.

Source: Pulumi docs, "Pulumi project file" and "Stack settings file".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from portcullis.errors import MisuseError
from portcullis.settings.config_value import ConfigValue, type_name
from portcullis.settings.engine_yaml import EngineYamlError, OtherKey, parse_yaml
from portcullis.settings.setting import NAMESPACE

LAPTOP_ACCOUNT = "000000000000"  # no AWS account has this number
REHEARSAL_REGION = "us-east-1"
_SECTIONS = ("config", "environment", "encryptedkey", "encryptionsalt", "secretsprovider")
STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class ProjectError(MisuseError):
    """A project or stack file that cannot be used."""


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """The values a program sees; structured ones are JSON text, as ``pulumi.Config`` expects."""

    project: str
    stack: str
    directory: Path
    raw_values: Mapping[str, str]

    @property
    def region(self) -> str:
        """The region a rehearsal uses: the stack's, or one for a program that names none."""
        return self.raw_values.get("aws:region", REHEARSAL_REGION)

    @property
    def account_id(self) -> str:
        """The account a rehearsal uses: the stack's, or the laptop's."""
        named = (f"{owner}:accountId" for owner in (NAMESPACE, self.project))
        return next(
            (self.raw_values[key] for key in named if key in self.raw_values), LAPTOP_ACCOUNT
        )

    @property
    def structured_values(self) -> dict[str, Any]:
        """The values as a stack file has them: lists and mappings instead of their JSON text."""
        return {
            key: ConfigValue.from_text(text).readings[-1] for key, text in self.raw_values.items()
        }


def find_project(start: Path) -> Path:
    """The nearest folder at or above ``start`` that holds a Pulumi.yaml."""
    if not start.is_dir():  # a misspelt folder must not lead to the project above it
        raise ProjectError(f"{start} is not a folder. Name the project's with --project DIR.")
    for folder in (start, *start.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    raise ProjectError(
        f"No Pulumi.yaml in {start} or above it. Run this in the project's folder, or name it "
        "with --project DIR."
    )


def read_project_file(directory: Path) -> dict[str, Any]:
    """The whole Pulumi.yaml of the folder.

    Raises:
        ProjectError: it is missing or malformed.
    """
    return dict(_read(directory / "Pulumi.yaml"))


def load_stack_config(
    directory: Path, stack: str, overrides: Mapping[str, str] | None = None
) -> StackConfig:
    """Defaults of Pulumi.yaml, then Pulumi.<stack>.yaml, then ``overrides`` (already text).

    Raises:
        ProjectError: a file is missing or malformed, a value is encrypted, has the wrong type,
            or is required and absent.
    """
    if not STACK_NAME.fullmatch(stack):
        raise ProjectError(
            f"{stack!r} is not a stack name: it may contain letters, digits, '_', '.' and '-' only."
        )
    project_path = directory / "Pulumi.yaml"
    project_file = read_project_file(directory)
    project = project_file.get("name")
    if not isinstance(project, str) or not project:
        raise ProjectError(f"{project_path} has no name.")
    given = _given(directory, stack, project)
    given |= {
        qualified(key, project): ConfigValue.from_text(text)
        for key, text in (overrides or {}).items()
    }
    schema = _mapping(project_file.get("config"), project_path, "config")
    declared = {qualified(key, project): _declaration(value) for key, value in schema.items()}
    defaults = {
        key: ConfigValue.from_yaml(entry.get("value", entry.get("default")))
        for key, entry in declared.items()
        if {"value", "default"} & set(entry)
    }
    values = {**defaults, **given}
    _require_all(stack, [key for key in declared if key.startswith(f"{project}:")], values)
    for key, entry in declared.items():
        if (kind := entry.get("type")) is not None:
            _require_type(stack, key, values[key], str(kind), entry.get("items"))
    return StackConfig(
        project=project,
        stack=stack,
        directory=directory,
        raw_values={key: value.text for key, value in values.items()},
    )


def _given(directory: Path, stack: str, project: str) -> dict[str, ConfigValue]:
    """What Pulumi.<stack>.yaml sets."""
    path = directory / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        names = sorted(p.name for p in directory.glob("Pulumi.*.yaml"))
        known = [name.removeprefix("Pulumi.").removesuffix(".yaml") for name in names]
        raise ProjectError(
            f"There is no {path.name} in {directory}. "
            f"Stacks here: {', '.join(known) or 'none'}. "
            f"Choose one with --stack, or run: pulumi stack init {stack}"
        )
    file = _read(path)
    _check_sections(file, path)
    if file.get("environment") not in (None, []):
        raise ProjectError(
            f"{path}: environment imports settings from Pulumi Cloud, which only the engine can "
            "do. Write the settings under config, or remove environment."
        )
    given: dict[str, ConfigValue] = {}
    for written, content in _mapping(file.get("config"), path, "config").items():
        key, value = _key(written, project, path), ConfigValue.from_yaml(content)
        if key in given:
            raise ProjectError(f"{path}: {key} is set twice, the second time as {written}.")
        if value.is_encrypted:
            raise ProjectError(
                f"{path}: {key} is encrypted, and only the Pulumi engine can decrypt it. "
                "Portcullis needs no secret setting; give it in plain text or remove it."
            )
        given[key] = value
    return given


def _check_sections(file: Mapping[str, Any], path: Path) -> None:
    """Refuse a section that the engine refuses, or leaves unread although its name is misspelt."""
    for name, content in file.items():
        if name in _SECTIONS:
            if name not in {"config", "environment"} and isinstance(content, Mapping | list):
                raise ProjectError(f"{path}: {name} must be a string.")
        elif ":" in name:
            raise ProjectError(f"{path}: nothing reads {name}, which belongs below config.")
        elif near := get_close_matches(name.lower(), _SECTIONS, n=1, cutoff=0.75):
            raise ProjectError(f"{path}: nothing reads {name}. Did you mean {near[0]}?")


def _key(written: str, project: str, path: Path) -> str:
    """``namespace:name``; ``name`` alone is the project's, and ``:config:`` may stand between."""
    match written.split(":"):
        case [name]:
            return f"{project}:{name}"
        case [namespace, name] | [namespace, "config", name]:
            return f"{namespace}:{name}"
    raise ProjectError(
        f"{path}: {written!r} is not a configuration key. A key has the form <namespace>:<name>, "
        f"such as {project}:domain."
    )


def _declaration(value: Any) -> Mapping[str, Any]:
    """A declaration of Pulumi.yaml; a bare value is a default."""
    return value if isinstance(value, Mapping) else {"default": value}


def _require_all(stack: str, required: list[str], values: Mapping[str, ConfigValue]) -> None:
    missing = [key for key in required if key not in values]
    if missing:
        raise ProjectError(
            f"Stack {stack!r} is missing configuration value {', '.join(map(repr, missing))}. "
            f"Run: pulumi config set {missing[0]} <value> --stack {stack}"
        )


def _require_type(stack: str, key: str, value: ConfigValue, kind: str, items: Any) -> None:
    if not value.fits(kind, items):
        below = {"array": " --path"}.get(kind, "")
        index = "[0]" if below else ""
        raise ProjectError(
            f"Stack {stack!r}: configuration value {key!r} must be of type "
            f"{type_name(kind, items)!r}. "
            f"Run: pulumi config set{below} '{key}{index}' <value> --stack {stack}"
        )


def qualified(key: str, project: str) -> str:
    """The key with its namespace; without one it is the project's own."""
    return key if ":" in key else f"{project}:{key}"


def _mapping(value: Any, path: Path, key: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or any(isinstance(k, OtherKey) for k in value):
        raise ProjectError(f"{path}: {key!r} must be a mapping of names to values.")
    return value


def _read(path: Path) -> Mapping[str, Any]:
    try:
        parsed = parse_yaml(path.read_bytes())
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}.") from error
    except EngineYamlError as error:
        raise ProjectError(f"{path} is not valid YAML: {error}.") from error
    return _mapping(parsed, path, path.name)
