"""Records which output of another stack a value is.

For the SDK each output depends on its StackReference. While a program is recorded, an output that
the program names depends instead on a resource with the same URN, ``#`` and the name.
"""

from asyncio import ensure_future
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pulumi import Output, Resource, StackReference
from pulumi.resource import DependencyResource

from portcullis.graph.resource import OUTPUT

METHODS = ("get_output", "require_output")


@contextmanager
def named_outputs() -> Iterator[None]:
    """Name the outputs that a program reads by a method of StackReference or by ``outputs[…]``."""
    originals = {name: getattr(StackReference, name) for name in (*METHODS, "__init__")}
    for name in METHODS:
        setattr(StackReference, name, _naming(originals[name]))

    def init(self: StackReference, *args: Any, **options: Any) -> None:
        originals["__init__"](self, *args, **options)
        vars(self)["outputs"] = _Outputs(self)

    setattr(StackReference, "__init__", init)  # noqa: B010 - mypy accepts no assignment to it
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(StackReference, name, original)


class _Outputs(Output[Any]):
    """The outputs of a stack, of which the program takes one by its name."""

    def __init__(self, reference: StackReference) -> None:
        vars(self).update(vars(reference.outputs))  # the same output, and no second reader of it
        self._reference = reference

    def __getitem__(self, key: Any) -> Output[Any]:
        return _named(super().__getitem__(key), self._reference, key)


def _naming(read: Callable[..., Output[Any]]) -> Callable[..., Output[Any]]:
    return lambda reference, name: _named(read(reference, name), reference, name)


def _named(value: Output[Any], reference: StackReference, name: Any) -> Output[Any]:
    if not isinstance(name, str):
        return value
    output = DependencyResource("")
    vars(output)["urn"] = reference.urn.apply(f"{{}}{OUTPUT}{name}".format)

    async def resources() -> set[Resource]:
        return (await value.resources()) - {reference} | {output}

    return Output(ensure_future(resources()), value.future(), value.is_known(), value.is_secret())
