"""Reads Pulumi.yaml and Pulumi.<stack>.yaml as the engine does.

Source: Pulumi docs, "Pulumi project file" and "Stack settings file".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from portcullis.errors import MisuseError

LAPTOP_ACCOUNT = "000000000000"  # no AWS account has this number
REHEARSAL_REGION = "us-east-1"
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
        return self.raw_values.get(f"{self.project}:accountId", LAPTOP_ACCOUNT)


def find_project(start: Path) -> Path:
    """The nearest folder at or above ``start`` that holds a Pulumi.yaml."""
    for folder in (start, *start.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    raise ProjectError(
        f"No Pulumi.yaml in {start} or above it. Run this inside the Portcullis project, "
        "or name it with --project DIR."
    )


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
    project_file = _read(directory / "Pulumi.yaml")
    project = project_file.get("name")
    if not isinstance(project, str) or not project:
        raise ProjectError(f"{directory / 'Pulumi.yaml'} has no name.")
    stack_path = directory / f"Pulumi.{stack}.yaml"
    if not stack_path.is_file():
        known = sorted(p.name.split(".")[1] for p in directory.glob("Pulumi.*.yaml"))
        raise ProjectError(
            f"There is no {stack_path.name} in {directory}. "
            f"Stacks here: {', '.join(known) or 'none'}. "
            f"Choose one with --stack, or run: pulumi stack init {stack}"
        )
    given = {
        qualified(key, project): _stack_value(key, value, stack_path)
        for key, value in _mapping(_read(stack_path).get("config"), stack_path, "config").items()
    }
    given |= {qualified(key, project): value for key, value in (overrides or {}).items()}
    schema = _mapping(project_file.get("config"), directory / "Pulumi.yaml", "config")
    values: dict[str, str] = dict(given)
    for key, declared in schema.items():
        name = qualified(key, project)
        values |= _declared(name, declared, values.get(name), stack)
    return StackConfig(project=project, stack=stack, directory=directory, raw_values=values)


def _declared(name: str, declared: Any, value: str | None, stack: str) -> dict[str, str]:
    if not isinstance(declared, Mapping):  # a bare value is a default
        return {name: _text(declared)} if value is None else {}
    if value is None:
        for key in ("value", "default"):
            if key in declared:
                return {name: _text(declared[key])}
        if "type" in declared:
            raise ProjectError(
                f"Stack {stack!r} is missing configuration value {name!r}. "
                f"Run: pulumi config set {name} <value> --stack {stack}"
            )
        return {}
    kind = declared.get("type")
    if isinstance(kind, str) and not _fits(value, kind):
        raise ProjectError(
            f"Stack {stack!r}: configuration value {name!r} must be of type {kind!r}. "
            f"Run: pulumi config set {name} <value> --stack {stack}"
        )
    return {}


def _fits(value: str, kind: str) -> bool:
    if kind == "string":
        return True
    try:
        parsed = json.loads(value)
    except ValueError:
        return False
    return {
        "integer": isinstance(parsed, int) and not isinstance(parsed, bool),
        "boolean": isinstance(parsed, bool),
        "array": isinstance(parsed, list),
        "object": isinstance(parsed, dict),
    }.get(kind, False)


def _stack_value(key: str, value: Any, path: Path) -> str:
    if isinstance(value, Mapping) and set(value) == {"secure"}:
        raise ProjectError(
            f"{path}: {key} is encrypted, and only the Pulumi engine can decrypt it. "
            "Portcullis needs no secret setting; give it in plain text or remove it."
        )
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value)


def qualified(key: str, project: str) -> str:
    """The key with its namespace; without one it is the project's own."""
    return key if ":" in key else f"{project}:{key}"


def _mapping(value: Any, path: Path, key: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(k, str) for k in value):
        raise ProjectError(f"{path}: {key!r} must be a mapping of names to values.")
    return value


def _read(path: Path) -> Mapping[str, Any]:
    try:
        parsed = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path} is not valid YAML: {error}") from error
    return _mapping(parsed, path, path.name)
