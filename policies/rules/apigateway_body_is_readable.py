"""Refuses an OpenAPI document or a route that the rules cannot read."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.body import WITH_BODY, UnreadableBodyError
from policies.reading.judged_apis import apis_of_resource, unread_apis
from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import ROUTE_TYPES, routes
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

BODY = "body"


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    try:
        for _ in routes(resource, stack):
            pass
    except UnreadableBodyError as error:
        unread = not unread_apis(stack).isdisjoint(apis_of_resource(resource, stack))
        yield (
            f"{error}, so no rule can judge its routes, which counts as a violation."
            f"{_made_of(resource, stack)}{UNREAD if unread else ''}"
        )


UNREAD = (
    " It may share a backend or an authorizer with the API behind mutual TLS. If it does not, "
    "scope.narrow in the configuration of the pack leaves it out."
)


def _made_of(resource: JudgedResource, stack: Stack) -> str:
    """The resources whose outputs make a document unknown, which the fix replaces."""
    if resource.type not in WITH_BODY or resource[BODY].known:
        return ""
    names = [f"{one.type} {one.name}" for one in stack.used_by(resource, BODY)]
    return f" Its body contains outputs of {', '.join(names)}." if names else ""


RULE = StackRule(
    name="apigateway-body-is-readable",
    title="The OpenAPI document and the routes of an API are known in a preview and complete.",
    severity=Severity.CRITICAL,
    why=(
        "The rules judge the routes, the authorizers and the integrations of an API. One Output "
        "inside a JSON text makes the whole text unknown, and a reference to another document "
        "hides its target. This rule reports it once; the other rules cannot judge the routes "
        "then, so it cannot be waived. An API that no domain with mutual TLS leads to is judged by "
        "this rule only until its document is known: it may share a backend or an authorizer with "
        "a guarded API."
    ),
    fix="compose ARNs from region, account and explicit names, so that the body contains no Output",
    page="Developing REST APIs using OpenAPI in API Gateway",
    url=API_GATEWAY_GUIDE + "api-gateway-import-api.html",
    types=ROUTE_TYPES,
    judges_unread=True,
    check=_check,
)
