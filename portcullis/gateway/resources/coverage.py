"""Reads resources, and refuses types and properties that the gateway does not emulate.

A resource is read through :func:`read_resource` alone, so that no property is overlooked: one that
is set must be in the table of its type.
"""

import json
from collections.abc import Mapping
from typing import Any

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.property_tables import PROPERTIES, PropertyTable
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import Graph, Resource

# Types of the services below that have no effect on a response, whatever their properties.
TYPES_WITHOUT_EFFECT = frozenset(
    {
        "aws:apigateway/account:Account",
        "aws:apigateway/documentationPart:DocumentationPart",
        "aws:apigateway/documentationVersion:DocumentationVersion",
        "aws:lambda/codeSigningConfig:CodeSigningConfig",
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
        "aws:lambda/functionUrl:FunctionUrl",
        "aws:lambda/invocation:Invocation",
        "aws:lambda/layerVersion:LayerVersion",  # a function with layers is refused
        "aws:lambda/layerVersionPermission:LayerVersionPermission",
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        "aws:lambda/runtimeManagementConfig:RuntimeManagementConfig",
        "aws:shield/protection:Protection",
        "aws:shield/protectionGroup:ProtectionGroup",
        "aws:shield/protectionHealthCheckAssociation:ProtectionHealthCheckAssociation",
        "aws:shield/subscription:Subscription",
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    }
)
EMULATED = frozenset(PROPERTIES) | TYPES_WITHOUT_EFFECT
# Of these services every other type is refused. FMS and Shield can add rules to a web ACL.
REFUSED_SERVICES = (
    "apigateway",
    "apigatewayv2",
    "fms",
    "lambda",
    "shield",
    "waf",
    "wafregional",
    "wafv2",
)
INSTEAD = {
    "apigateway": "Describe the API in the OpenAPI body of the RestApi; other forms are not read.",
    "apigatewayv2": "HTTP and WebSocket APIs have no mutual TLS with a web ACL; use a REST API.",
}


def read_resource(resource: Resource) -> Block:
    """The properties of a resource, inputs and outputs together.

    Raises:
        UnsupportedError: a property is set that the gateway does not emulate.
    """
    values = {**resource.inputs, **resource.outputs}
    if resource.id:
        values.setdefault("id", resource.id)
    place = f"{resource.type} {resource.name!r}"
    _check(PROPERTIES[resource.type], {n: v for n, v in values.items() if n != "id"}, place)
    return Block(values, place)


def refuse_other_types(graph: Graph) -> None:
    """Raises UnsupportedError for a resource that could change an answer and is not emulated."""
    for resource in graph:
        package, _, rest = resource.type.partition(":")
        service = rest.partition("/")[0]
        if package != "aws":
            continue
        if resource.type in PROPERTIES:
            read_resource(resource)
        elif service in REFUSED_SERVICES and resource.type not in EMULATED:
            raise UnsupportedError(
                f"{resource.type} {resource.name!r}",
                "this resource is not emulated",
                INSTEAD.get(service, ""),
            )


def _check(table: PropertyTable, values: Mapping[str, Any], place: str) -> None:
    accepted = table.accepted()
    for name, value in values.items():
        if name.startswith("__") or name in accepted or not _is_set(value):
            continue
        if name in table.objects:
            _check_objects(table.objects[name], value, f"{place}, {name}")
        elif name not in table.only:
            raise UnsupportedError(place, f"{name} is not emulated")
        elif value not in table.only[name]:
            raise UnsupportedError(
                place, f"{name} must be {' or '.join(shown_values(table, name))} to be emulated"
            )


def shown_values(table: PropertyTable, name: str) -> list[str]:
    """The accepted values of a property, as a program's JSON would show them."""
    return [v if isinstance(v, str) else json.dumps(v) for v in table.only[name]]


def _check_objects(table: PropertyTable, value: Any, place: str) -> None:
    """Objects and lists of objects; a value of another type is refused where it is read."""
    if isinstance(value, Mapping):
        _check(table, value, place)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check_objects(table, item, f"{place}[{index}]")


def _is_set(value: Any) -> bool:
    """An exported stack writes an unset property as null, "", [] or an object of these."""
    if isinstance(value, Mapping):
        return any(_is_set(v) for v in value.values())
    return value not in (None, "", [])
