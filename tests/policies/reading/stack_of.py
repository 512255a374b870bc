"""A small stack in the types of the policy SDK, with unknown values as in a preview."""

from types import SimpleNamespace
from typing import Any

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.reading.resource import JudgedResource, Stack

UNKNOWN = UNKNOWN_STRING_VALUE


def thing(
    type_: str, name: str, /, *, uses: dict[str, list[str]] | None = None, **props: Any
) -> Any:
    """A resource; ``uses`` maps a property to the names of the resources that it refers to."""
    return SimpleNamespace(type=type_, name=name, uses=uses or {}, props=props)


def stack_of(*things: Any) -> tuple[Stack, dict[str, JudgedResource]]:
    """The stack and its resources by name."""
    by_name = {
        thing.name: SimpleNamespace(
            urn=f"urn:pulumi:test::example::{thing.type}::{thing.name}",
            resource_type=thing.type,
            name=thing.name,
            opts=SimpleNamespace(protect=False, ignore_changes=[]),
            props=unknown_checking_proxy(thing.props),
        )
        for thing in things
    }
    for thing in things:
        resource = by_name[thing.name]
        resource.property_dependencies = {
            key: [by_name[name] for name in names] for key, names in thing.uses.items()
        }
        resource.dependencies = [r for rs in resource.property_dependencies.values() for r in rs]
    stack = Stack(by_name.values())
    return stack, {resource.name: resource for resource in stack.resources}
