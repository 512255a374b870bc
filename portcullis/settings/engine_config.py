"""The stack's settings as the Pulumi engine hands them to the program."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from portcullis.settings.project import StackConfig
from portcullis.settings.setting import NAMESPACE, SettingError, shorten
from portcullis.settings.stack_settings import StackSettings


def load_settings() -> StackSettings:
    """Read the configuration of the program that runs.

    Raises:
        SettingError: a key is missing, unknown, or has a value that is refused.
    """
    values = {**get_config_env(), **CONFIG.get()}
    _refuse_other_project(pulumi.get_project())
    _refuse_unknown_keys(values)
    return StackSettings.read(
        StackConfig(
            project=pulumi.get_project(),
            stack=pulumi.get_stack(),
            directory=Path.cwd(),
            raw_values=values,
        )
    )


def _refuse_other_project(name: str) -> None:
    """In another project every key has another namespace, so every setting would be unset."""
    if name != NAMESPACE:
        raise SettingError(
            key="the project's name in Pulumi.yaml",
            found=f"is {shorten(name)}",
            because=f"every setting is called {NAMESPACE}:…; environments are "
            "stacks of one project",
            accepts=NAMESPACE,
            mend=f"sed -i 's/^name: .*/name: {NAMESPACE}/' Pulumi.yaml",
        )


def _refuse_unknown_keys(given: Mapping[str, object]) -> None:
    """Otherwise a misspelt key would silently leave its setting at the default."""
    known = {declared.setting.name for declared in StackSettings.declarations()}
    for key in sorted(given):
        if key.startswith(f"{NAMESPACE}:") and key not in known:
            near = get_close_matches(key, known, n=1)
            raise SettingError(
                key=key,
                found="is set",
                because="the setting does not exist"
                + (f"; did you mean {near[0]}?" if near else ""),
                accepts="the keys in docs/guide/settings.md",
                mend=f"pulumi config rm {key}",
            )
