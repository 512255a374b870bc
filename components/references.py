"""References between components of the package, followed to the resources inside.

Where a program in another language gives one component's output to another component, the engine
says which component it comes from and not which resource. The policy pack judges references: is
this stage the one that the web ACL is associated with? The components of one program are made in
one process, so the resources behind a component's outputs are known here.
"""

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

import pulumi
from pulumi import Output, Resource


class MadeComponents:
    """The components that this process has made, the latest last."""

    def __init__(self) -> None:
        self._made: list[pulumi.ComponentResource] = []

    def add(self, component: pulumi.ComponentResource) -> None:
        self._made.append(component)

    def followed(self, value: Any) -> Any:
        """The same value; each Output in it also refers to what the components' outputs are of."""
        if isinstance(value, Output):
            # A coroutine, because which resources an Output comes from is only known later.
            return Output.from_input(self._with_resources_inside(value))
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            members = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
            return type(value)(**{name: self.followed(one) for name, one in members.items()})
        if isinstance(value, list):
            return [self.followed(one) for one in value]
        if isinstance(value, dict):
            return {key: self.followed(one) for key, one in value.items()}
        return value

    async def _with_resources_inside(self, output: Output[Any]) -> Output[Any]:
        inside: set[Resource] = set()
        for resource in await output.resources():
            component = await self._component(resource)
            for own in _outputs(component) if component else ():
                inside |= await own.resources()
        urns = [resource.urn for resource in inside]
        return Output.all(output, *urns).apply(lambda values: values[0])

    async def _component(self, resource: Resource) -> pulumi.ComponentResource | None:
        urn = await resource.urn.future()
        for component in reversed(self._made):
            if await component.urn.future() == urn:
                return component
        return None


def _outputs(component: pulumi.ComponentResource) -> Iterator[Output[Any]]:
    for kind in type(component).__mro__:
        if kind.__module__.startswith(__package__ or ""):
            for name in inspect.get_annotations(kind):
                value = getattr(component, name, None)
                if isinstance(value, Output):
                    yield value
