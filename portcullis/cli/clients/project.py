"""Reads the contract's scopes and a stack's rate plans from the project's files.

Importing the program would import Pulumi and need its folder on the path. Outside a project nothing
is known here; the next deploy checks scopes and plans.
"""

import re
from pathlib import Path

import yaml

from portcullis.errors import MisuseError
from portcullis.settings.groups.clients import ClientSettings
from portcullis.settings.project import ProjectError, find_project, load_stack_config

CONTRACT = Path("components") / "petstore.openapi.yaml"
_TABLE = re.compile(r"portcullis-(?P<stack>.+)-registry")  # components/registry_table.py


def known_scopes() -> frozenset[str] | None:
    """The scopes of the contract; None outside a project.

    Raises:
        MisuseError: there is a contract, and it cannot be read.
    """
    project = _project()
    if project is None:
        return None
    contract = project / CONTRACT
    try:
        paths = yaml.safe_load(contract.read_text(encoding="utf-8"))["paths"]
        operations = [operation for item in paths.values() for operation in item.values()]
        found = [o["x-scope"] for o in operations if isinstance(o, dict) and "x-scope" in o]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise MisuseError(f"{contract} cannot be read for its scopes: {error}") from error
    return frozenset(found)


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


def stack_of_table(table: str) -> str | None:
    """The stack in the name that the deploy gives a registry table; None for another name."""
    found = _TABLE.fullmatch(table)
    return None if found is None else found["stack"]


def _project() -> Path | None:
    try:
        return find_project(Path.cwd())
    except ProjectError:
        return None
