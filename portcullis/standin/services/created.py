"""What a creation returns: the id of the resource and its computed outputs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portcullis.standin.invented import hexadecimal
from portcullis.standin.location import Location

Inputs = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Created:
    id: str
    computed: dict[str, Any] = field(default_factory=dict)


Row = Callable[[Location, str, Inputs], Created]


def with_id(template: str) -> Row:
    """A type without computed outputs, whose id is made of its inputs: ``{role}/{policyArn}``."""
    return lambda _location, _name, inputs: Created(id=template.format_map(inputs))


def physical_name(name: str, inputs: Inputs) -> str:
    """The explicit name, or one in the format of the engine's auto-naming."""
    return str(inputs.get("name") or f"{name}-{hexadecimal(7, name)}")
