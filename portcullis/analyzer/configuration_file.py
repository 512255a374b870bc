"""Reads the file of ``--policy-pack-config``, without the imports of the engine's protocol."""

from pathlib import Path
from typing import Any

from portcullis.errors import MisuseError
from portcullis.settings.engine_yaml import EngineYamlError, parse_yaml


class PolicyConfigError(MisuseError):
    """The configuration has an unknown rule, setting or level, or a value outside the schema."""


def read_policy_config(path: Path) -> dict[str, Any]:
    """Read a file in JSON or YAML.

    Raises:
        PolicyConfigError: it cannot be read, is not a mapping, or repeats a key; the engine would
            take the last one without a word.
    """
    try:
        parsed = parse_yaml(path.read_bytes())  # JSON is also YAML
    except OSError as error:
        raise PolicyConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except EngineYamlError as error:
        raise PolicyConfigError(f"{path}, {error}.") from error
    if not isinstance(parsed, dict):
        raise PolicyConfigError(
            f"{path} must contain a mapping of rule names to levels or settings."
        )
    return parsed
