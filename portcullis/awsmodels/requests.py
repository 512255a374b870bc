"""The table of requests: which property of a type becomes which member of an AWS operation.

The rows stand in requests.yaml.
"""

from collections import UserDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from portcullis.awsmodels.builders import BUILDERS
from portcullis.awsmodels.shapes import Moved

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request of a resource type, or several of one operation."""

    operation: str
    shape: str = ""
    same: Sequence[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    build: str = ""
    only_if: Sequence[str] = ()
    provided: Sequence[str] = ()

    def parameters(self, inputs: Mapping[str, Any]) -> Iterator[Any]:
        """The parameters of each request by member name; values keep their property's path."""
        if self.only_if and all(inputs.get(name) is None for name in self.only_if):
            return
        for built in BUILDERS[self.build](inputs) if self.build else ({},):
            yield built if isinstance(built, Moved) else {**self._listed(inputs), **built}

    def _listed(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        request: dict[str, Any] = {}
        for name, member in {**{name: name for name in self.same}, **self.renamed}.items():
            if inputs.get(name) is not None:
                *above, last = member.split(".")
                place = request
                for step in above:
                    place = place.setdefault(step, {})
                place[last] = Moved(value=inputs[name], path=name)
        return request


@dataclass(frozen=True, kw_only=True)
class TypeRequests:
    """All requests of one resource type.

    A property that no request reads and that is not in ``not_sent`` is a finding, because it was
    not judged.
    """

    sent: Sequence[Sent]
    not_sent: Mapping[str, str] = field(default_factory=dict)
    auto_named: str = ""


class ReadInputs(UserDict[str, Any]):
    """A resource's inputs that remember which of them a request has read."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self.read: set[str] = set()
        super().__init__(inputs)

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)


@cache
def by_type() -> Mapping[str, TypeRequests]:
    """Every resource type that the judge knows."""
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    rows = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a subclass of the safe loader
    return {
        name: TypeRequests(**{**row, "sent": [Sent(**sent) for sent in row["sent"]]})
        for name, row in rows.items()
    }
