"""Refuses an API whose default execute-api endpoint is enabled."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.body import body_of
from policies.reading.node import Node
from policies.reading.resource import JudgedResource
from policies.rule import API_GATEWAY_GUIDE, ResourceRule, Settings

EXTENSION = "x-amazon-apigateway-endpoint-configuration"
FLAG = "disableExecuteApiEndpoint"


PRIVATE = "PRIVATE"


def _check(api: JudgedResource, _settings: Settings) -> Iterator[str]:
    types_ = api["endpointConfiguration"]["types"].one_or_many()
    if [node.text().upper() for node in types_] == [PRIVATE]:
        return  # the default endpoint is its only one; apigateway-endpoint-is-regional judges it
    if api.type != types.REST_API_PUT and not api[FLAG].flag():
        yield f"{FLAG} is not true: callers can reach the execute-api endpoint without mutual TLS."
    if api["body"].present:
        yield from _in_body(body_of(api))


def _in_body(document: Node) -> Iterator[str]:
    """An import sets the flag as well: OpenAPI 3 has it below a server, OpenAPI 2 at the root."""
    for holder in (document, *document["servers"].items()):
        if not holder[EXTENSION][FLAG].flag(default=True):
            yield f"{holder[EXTENSION].path}.{FLAG} enables the default endpoint again."


RULE = ResourceRule(
    name="apigateway-api-disables-default-endpoint",
    title="The default endpoint of every API is disabled.",
    severity=Severity.CRITICAL,
    why=(
        "Every API has a default endpoint, its execute-api host, in addition to its custom "
        "domains. That endpoint never requires a client certificate, so a caller who knows the "
        "API id bypasses mutual TLS."
    ),
    fix="aws.apigateway.RestApi(…, disable_execute_api_endpoint=True)",
    page="Disable the default endpoint for REST APIs",
    url=API_GATEWAY_GUIDE + "rest-api-disable-default-endpoint.html",
    types=frozenset({types.REST_API, types.REST_API_PUT, types.HTTP_API}),
    check=_check,
)
