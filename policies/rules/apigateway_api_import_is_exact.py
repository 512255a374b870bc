"""An import that merges, or that passes over warnings, deploys something else than the document."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import ResourceRule, Settings

OVERWRITE = "overwrite"


def _check(api: JudgedResource, _settings: Settings) -> Iterator[str]:
    if not api["body"].present:
        return
    if not api["failOnWarnings"].flag():
        yield "failOnWarnings is not true: API Gateway may leave out what it does not understand."
    if api.type == types.REST_API and api["putRestApiMode"].text(OVERWRITE) != OVERWRITE:
        yield "putRestApiMode is not overwrite: a route taken out of the document stays open."


RULE = ResourceRule(
    name="apigateway-api-import-is-exact",
    title="What is imported from an OpenAPI document is the document, all of it and no more.",
    severity=Severity.MEDIUM,
    why=(
        "The rules judge the document. With merge, routes of an earlier document live on beside "
        "it; without failOnWarnings, an extension that API Gateway does not understand, an "
        "authorizer among them, is left out and the import succeeds."
    ),
    fix='aws.apigateway.RestApi(…, put_rest_api_mode="overwrite", fail_on_warnings=True)',
    page="Developing REST APIs using OpenAPI in API Gateway",
    url=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html"
    ),
    types=frozenset({types.REST_API, types.REST_API_PUT, types.HTTP_API}),
    check=_check,
)
