"""Refuses a stage with a response cache."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import API_GATEWAY_GUIDE, ResourceRule, Settings


def _check(resource: JudgedResource, _settings: Settings) -> Iterator[str]:
    if resource.type == types.REST_STAGE:
        if resource["cacheClusterEnabled"].flag():
            yield "cacheClusterEnabled is true."
    elif resource["settings"]["cachingEnabled"].flag():
        yield "settings.cachingEnabled is true."


RULE = ResourceRule(
    name="apigateway-stage-caches-nothing",
    title="Response caching is disabled on every stage.",
    severity=Severity.HIGH,
    why=(
        "The cache key consists of the path and configured parameters, never the client "
        "certificate. A response for one client would be served to another."
    ),
    fix='settings={…, "caching_enabled": False}',
    page="Enabling API caching to enhance responsiveness",
    url=API_GATEWAY_GUIDE + "api-gateway-caching.html",
    types=frozenset({types.REST_STAGE, types.REST_METHOD_SETTINGS}),
    check=_check,
)
