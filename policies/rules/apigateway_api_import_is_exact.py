"""Refuses an OpenAPI import that merges with an older API or ignores warnings."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import API_GATEWAY_GUIDE, ResourceRule, Settings

OVERWRITE = "overwrite"


def _check(api: JudgedResource, _settings: Settings) -> Iterator[str]:
    if not api["body"].present:
        return
    if not api["failOnWarnings"].flag():
        yield "failOnWarnings is not true: API Gateway may skip unknown extensions."
    if api.type == types.REST_API and api["putRestApiMode"].text(OVERWRITE) != OVERWRITE:
        yield "putRestApiMode is not overwrite: routes that were removed from the document stay."


RULE = ResourceRule(
    name="apigateway-api-import-is-exact",
    title="An OpenAPI import replaces the whole API and fails on warnings.",
    severity=Severity.MEDIUM,
    why=(
        "The rules judge the document. In merge mode, routes of an earlier document stay "
        "deployed. Without failOnWarnings the import succeeds although API Gateway skipped an "
        "extension that it does not understand, which may be an authorizer."
    ),
    fix='aws.apigateway.RestApi(…, put_rest_api_mode="overwrite", fail_on_warnings=True)',
    page="Developing REST APIs using OpenAPI in API Gateway",
    url=API_GATEWAY_GUIDE + "api-gateway-import-api.html",
    types=frozenset({types.REST_API, types.REST_API_PUT, types.HTTP_API}),
    check=_check,
)
