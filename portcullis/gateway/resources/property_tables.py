"""What the gateway does with each property of the resources that it reads, from the YAML file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portcullis.yaml_table import read_table


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


PROPERTIES: Mapping[str, PropertyTable] = {
    kind: _table(table) for kind, table in read_table(__file__).items()
}
