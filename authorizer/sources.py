"""The registry and the revocation lists of the function: in its zip or in the table."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from authorizer.config import Config, ConfigurationError, RevocationListSource
from authorizer.registry import PackagedRegistry, RegistrySource
from authorizer.revocations import RevocationLists

REGISTRY_FILE = "clients.json"
REVOCATIONS_FILE = "revocations.bin"  # only where the stack has revocation lists
RESERVED_SECONDS = 0.25  # left of the function's own time to answer and to log


def registry_of(config: Config, environment: Mapping[str, str], folder: Path) -> RegistrySource:
    # Imported where it is used: with the registry file it would only make a start slower.
    if config.registry_table is not None:
        from authorizer.table import TableRegistry  # noqa: PLC0415

        return TableRegistry(config, environment)
    return PackagedRegistry.load(folder / REGISTRY_FILE)


def revocation_lists_of(config: Config, folder: Path) -> RevocationLists | None:
    """The lists of the zip. They and the setting must agree, or the function does not start."""
    path = folder / REVOCATIONS_FILE
    is_wanted = config.revocation_lists is RevocationListSource.FILE
    if path.exists() != is_wanted:
        raise ConfigurationError(
            f"PORTCULLIS_REVOCATION_LISTS is {str(config.revocation_lists)!r}, but {path.name} is "
            f"{'missing from' if is_wanted else 'in'} the zip. The deploy makes both: run it again."
        )
    return RevocationLists(path) if is_wanted else None


def deadline_of(context: Any, budget: float) -> float:
    """When a dependency must have answered, by its budget and the function's own timeout.

    Counts on `time.monotonic`.
    """
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if remaining is not None:
        budget = min(budget, remaining() / 1000 - RESERVED_SECONDS)
    return time.monotonic() + budget
