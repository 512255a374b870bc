"""Reads the file of ``--policy-pack-config``, without the imports of the engine's protocol."""

from pathlib import Path
from typing import Any

import yaml

from portcullis.errors import MisuseError


class PolicyConfigError(MisuseError):
    """The configuration has an unknown rule, setting or level, or a value outside the schema."""


def read_policy_config(path: Path) -> dict[str, Any]:
    """Read a file in JSON or YAML.

    Raises:
        PolicyConfigError: it cannot be read, or is not a mapping.
    """
    try:
        parsed = yaml.safe_load(path.read_text(encoding="utf-8"))  # JSON is also YAML
    except OSError as error:
        raise PolicyConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyConfigError(f"{path} is neither JSON nor YAML: {error}") from error
    if not isinstance(parsed, dict):
        raise PolicyConfigError(
            f"{path} must contain a mapping of rule names to levels or settings."
        )
    return parsed
