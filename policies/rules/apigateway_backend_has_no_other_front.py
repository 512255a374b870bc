"""Refuses a CloudFront distribution or a GraphQL API before the backend of a guarded API."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.guarded import has_guarded_api
from policies.reading.judged_apis import (
    ANY_CALL,
    called_by_judged_apis,
    functions_called,
    hosts_and_functions,
)
from policies.reading.resource import JudgedResource, Stack
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

OF_FUNCTION = "lambdaConfig"
# The properties that lead to a backend.
FRONTS = {
    "aws:cloudfront/distribution:Distribution": ("origins",),
    "aws:appsync/dataSource:DataSource": ("httpConfig", OF_FUNCTION),
}


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if not has_guarded_api(stack):
        return
    called = called_by_judged_apis(stack, ANY_CALL)
    for key in FRONTS[resource.type]:
        names = set(resource.uses(key))
        if key == OF_FUNCTION:
            names |= functions_called(resource[key]["functionArn"], key, resource, stack)
        for _, text in resource[key].strings():
            names.update(hosts_and_functions(text))
        if not called.isdisjoint(names):
            yield f"{key} leads to what a guarded API calls, for callers that have passed no gate."


RULE = StackRule(
    name="apigateway-backend-has-no-other-front",
    title="No distribution or GraphQL API leads to the backend of a guarded API.",
    severity=Severity.HIGH,
    why=(
        "CloudFront and AWS AppSync answer callers without a client certificate. Before the host "
        "or the function that a guarded API calls, they are a way around its gates, as an open "
        "API would be."
    ),
    fix="give the distribution or the data source a backend of its own",
    page="Security best practices in Amazon API Gateway",
    url=API_GATEWAY_GUIDE + "security-best-practices.html",
    types=frozenset(FRONTS),
    everywhere=True,
    check=_check,
)
