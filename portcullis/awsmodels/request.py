"""How a resource type becomes requests: which property becomes which member of an operation."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portcullis.awsmodels.shapes import Moved

Reshape = Callable[[Mapping[str, Any]], Mapping[str, Any]]
Several = Callable[[Mapping[str, Any]], Iterable[Moved]]


def moved(inputs: Mapping[str, Any], name: str) -> Moved | None:
    """The property, for a request in which it stands at another place; None if it is not set."""
    return Moved(value=inputs[name], path=name) if inputs.get(name) is not None else None


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request of a resource type, or several of one operation.

    Args:
        operation: ``service:Operation`` of botocore, for example ``wafv2:CreateWebACL``.
        members: properties whose member has another name; a value of "" means: same name.
        reshape: builds the request's parameters where blocks stand elsewhere; it returns the whole.
        several: builds the parameters of any number of requests, for example one per integration.
        shape: a shape to hold the value to, where the operation takes loose patch operations.
        only_if: the request is sent only where one of these properties is set.
        provided: required members that the provider fills in itself.
    """

    operation: str
    members: Mapping[str, str] = field(default_factory=dict)
    reshape: Reshape | None = None
    several: Several | None = None
    shape: str = ""
    only_if: tuple[str, ...] = ()
    provided: frozenset[str] = frozenset()

    def parameters(self, inputs: Mapping[str, Any]) -> Iterable[Any]:
        """The parameters of each request by member name; values keep their property's path."""
        if self.only_if and all(inputs.get(name) is None for name in self.only_if):
            return ()
        if self.several is not None:
            return self.several(inputs)
        if self.reshape is not None:
            return (self.reshape(inputs),)
        named = {
            member or name: Moved(value=inputs[name], path=name)
            for name, member in self.members.items()
            if inputs.get(name) is not None
        }
        return (named,)


@dataclass(frozen=True, kw_only=True)
class TypeRequests:
    """All requests of one resource type.

    ``not_sent`` names properties that no request carries, with the reason; a property that no
    request reads and that is not here is a finding, because it was not judged. ``auto_named`` is
    the property that Pulumi fills with the resource's name and a suffix where it is left out.
    """

    sent: tuple[Sent, ...]
    not_sent: Mapping[str, str] = field(default_factory=dict)
    auto_named: str = ""


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


def same(*names: str) -> dict[str, str]:
    """Properties whose member has the same name but for upper and lower case."""
    return dict.fromkeys(names, "")
