"""Compares the inputs of a resource as the AWS provider's Diff does: nothing, update or replace."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.yaml_table import read_table

EVERY_INPUT = "*"
_LISTED: Mapping[str, Mapping[str, str]] = read_table(__file__)
REPLACES: Mapping[str, str] = {kind: row.get("replaces", "") for kind, row in _LISTED.items()}
AUTO_NAMED: Mapping[str, str] = {
    kind: row["generated"] for kind, row in _LISTED.items() if "generated" in row
}


@dataclass(frozen=True, kw_only=True)
class InputChange:
    """The inputs that differ, and those among them that replace the resource."""

    changed: tuple[str, ...]
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False


def compare(resource_type: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> InputChange:
    """The change from the old inputs to the new ones. A type without a row is updated in place."""
    changed = tuple(
        key
        for key in sorted(old.keys() | new.keys())
        if not key.startswith("__") and old.get(key) != new.get(key)
    )
    replacing = REPLACES.get(resource_type, "").split()
    replaces = tuple(key for key in changed if key in replacing or EVERY_INPUT in replacing)
    return InputChange(
        changed=changed,
        replaces=replaces,
        delete_before_replace=bool(replaces) and AUTO_NAMED.get(resource_type) in new,
    )
