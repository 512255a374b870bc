"""Refuses a custom domain or REST API that is not regional."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

REGIONAL = "REGIONAL"


def _check(resource: JudgedResource, _stack: Stack, _settings: Settings) -> Iterator[str]:
    declared = _endpoint_types(resource)
    if not declared:
        yield "the endpoint type is missing: the default is edge-optimized."
        return
    found = [node.text().upper() for node in declared]
    if found != [REGIONAL]:
        yield f"{declared[0].path} is not {REGIONAL}."


def _endpoint_types(resource: JudgedResource) -> list[Node]:
    if resource.type == types.HTTP_DOMAIN:
        return resource["domainNameConfiguration"]["endpointType"].one_or_many()
    return resource["endpointConfiguration"]["types"].one_or_many()


RULE = StackRule(
    name="apigateway-endpoint-is-regional",
    title="Custom domains and REST APIs are regional.",
    severity=Severity.HIGH,
    why=(
        "Mutual TLS is available for regional custom domains only. An edge-optimized endpoint has "
        "a CloudFront distribution in front of it, which terminates TLS, so API Gateway never "
        "sees the client certificate."
    ),
    fix='endpoint_configuration={"types": "REGIONAL"}',
    page="Choosing an endpoint type to set up for an API Gateway API",
    url=API_GATEWAY_GUIDE + "api-gateway-api-endpoint-types.html",
    frameworks=("AWS Config api-gw-endpoint-type-check",),
    types=frozenset({types.REST_DOMAIN, types.HTTP_DOMAIN, types.REST_API}),
    check=_check,
)
