"""The stack's settings as the Pulumi engine hands them to the program."""

from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from portcullis.settings.project import StackConfig
from portcullis.settings.stack_settings import StackSettings


def load_settings() -> StackSettings:
    """Read the configuration of the program that runs.

    Raises:
        SettingError: a key is missing, unknown, or has a value that is refused.
    """
    return StackSettings.read(
        StackConfig(
            project=pulumi.get_project(),
            stack=pulumi.get_stack(),
            directory=Path.cwd(),
            raw_values={**get_config_env(), **CONFIG.get()},
        )
    )
