"""What the gateway does with each property of the resources that it reads, from the YAML file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True)
class PropertyTable:
    """The properties of a resource type, or of an object in it; names separated by spaces."""

    read: str = ""
    no_effect: str = ""
    refused: str = ""
    only: Mapping[str, Sequence[object]] = field(default_factory=dict)  # the accepted values
    objects: Mapping[str, "PropertyTable"] = field(default_factory=dict)  # or lists of objects

    def listed(self) -> frozenset[str]:
        """Every property that is in one of the lists."""
        names = " ".join((self.read, self.no_effect, self.refused)).split()
        return frozenset((*names, *self.only, *self.objects))

    def accepted(self) -> frozenset[str]:
        return frozenset((self.read + " " + self.no_effect).split())


def _table(listed: Mapping[str, Any]) -> PropertyTable:
    objects = {name: _table(table) for name, table in listed.get("objects", {}).items()}
    return PropertyTable(**{**listed, "objects": objects})


def _read() -> dict[str, PropertyTable]:
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    listed = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a subclass of the safe loader
    return {kind: _table(table) for kind, table in listed.items()}


PROPERTIES: Mapping[str, PropertyTable] = _read()
