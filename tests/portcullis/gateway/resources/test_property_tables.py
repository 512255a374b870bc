"""Every property of the installed provider is in exactly one list of its type's table."""

import importlib
import inspect
import types
import typing
from collections.abc import Sequence

import pulumi
import pytest
from pulumi import _types

from portcullis.gateway.resources.property_tables import PROPERTIES

ANY_SHAPE = {"defaultAction", "rules"}  # checked by the compilers of the web ACL


def provider_class(kind):
    _, module, name = kind.split(":")
    package = module.partition("/")[0]
    package = {"lambda": "lambda_"}.get(package, package)
    return getattr(importlib.import_module(f"pulumi_aws.{package}"), name)


def inner_class(annotation):
    """The class of an object, or of the objects in a list; None for another property."""
    while True:
        origin = typing.get_origin(annotation)
        if origin in {typing.Union, types.UnionType}:
            inner = [a for a in typing.get_args(annotation) if a is not type(None)]
            annotation = inner[0] if len(inner) == 1 else None
        elif origin in {list, Sequence}:
            (annotation,) = typing.get_args(annotation)
        else:
            is_object = isinstance(annotation, type) and _types.is_output_type(annotation)
            return annotation if is_object else None


def properties(cls):
    is_resource = issubclass(cls, pulumi.Resource)
    return _types.resource_types(cls) if is_resource else _types.output_type_types(cls)


def names_of(table):
    return [
        *f"{table.read} {table.no_effect} {table.refused}".split(),
        *table.only,
        *table.objects,
    ]


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def tables():
    """Each table with its class, those of objects too."""
    found = []
    left = [(kind, provider_class(kind), table) for kind, table in PROPERTIES.items()]
    while left:
        place, cls, table = left.pop()
        found.append(pytest.param(cls, table, id=place))
        for name, inner in table.objects.items():
            left.append((f"{place}.{name}", inner_class(properties(cls)[name]), inner))
    return found


@pytest.mark.parametrize(("cls", "table"), tables())
def test_every_property_of_the_provider_is_in_exactly_one_list(cls, table):
    assert sorted(names_of(table)) == sorted(properties(cls))


@pytest.mark.parametrize(("cls", "table"), tables())
def test_a_read_property_is_a_value_or_has_a_table_of_its_own(cls, table):
    objects = {n for n in table.read.split() if inner_class(properties(cls)[n]) is not None}
    assert objects <= {*ANY_SHAPE, "environment"}


@pytest.mark.parametrize("kind", sorted(PROPERTIES))
def test_every_input_is_a_property(kind):
    cls = provider_class(kind)
    inputs = set(inspect.signature(cls._internal_init).parameters)
    inputs -= {"__self__", "resource_name", "opts", "__props__"}
    assert {camel(name) for name in inputs} <= set(names_of(PROPERTIES[kind]))
