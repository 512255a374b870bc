"""The table of requests: which property of a type becomes which member of an AWS operation.

The rows stand in requests.yaml.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from portcullis.awsmodels.builders import BUILDERS, Build
from portcullis.awsmodels.shapes import Moved

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Sent:
    """One request of a resource type, or several of one operation."""

    def __init__(
        self,
        *,
        operation: str,
        shape: str = "",
        same: Iterable[str] = (),
        renamed: Mapping[str, str] | None = None,
        build: str = "",
        only_if: Iterable[str] = (),
        provided: Iterable[str] = (),
    ) -> None:
        self.operation = operation
        self.shape = shape
        self.provided = frozenset(provided)
        self._members = {**{name: name for name in same}, **(renamed or {})}
        self._build: Build | None = BUILDERS[build] if build else None
        self._only_if = tuple(only_if)

    def parameters(self, inputs: Mapping[str, Any]) -> Iterable[Any]:
        """The parameters of each request by member name; values keep their property's path."""
        if self._only_if and all(inputs.get(name) is None for name in self._only_if):
            return ()
        if self._build is not None:
            return self._build(inputs)
        request: dict[str, Any] = {}
        for name, member in self._members.items():
            if inputs.get(name) is not None:
                *above, last = member.split(".")
                place = request
                for step in above:
                    place = place.setdefault(step, {})
                place[last] = Moved(value=inputs[name], path=name)
        return (request,)


class TypeRequests:
    """All requests of one resource type.

    A property that no request reads and that is not in ``not_sent`` is a finding, because it was
    not judged.
    """

    def __init__(
        self,
        *,
        sent: Iterable[Mapping[str, Any]],
        not_sent: Mapping[str, str] | None = None,
        auto_named: str = "",
    ) -> None:
        self.sent = tuple(Sent(**row) for row in sent)
        self.not_sent = frozenset(not_sent or ())
        self.auto_named = auto_named


class ReadInputs(Mapping[str, Any]):
    """A resource's inputs that remember which of them a request has read."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self._inputs = inputs
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return self._inputs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._inputs)

    def __len__(self) -> int:
        return len(self._inputs)


@cache
def by_type() -> Mapping[str, TypeRequests]:
    """Every resource type that the judge knows."""
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    rows = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a subclass of the safe loader
    return {name: TypeRequests(**row) for name, row in rows.items()}
