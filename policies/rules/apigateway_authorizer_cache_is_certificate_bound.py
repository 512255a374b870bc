"""Refuses an authorizer cache whose key does not contain the client certificate."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import DEFAULT_CACHE_SECONDS, ROUTE_TYPES, DeclaredAuthorizer, routes
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule
from policies.setting import number

# The whole certificate. Every other field of clientCert is shared by several certificates or may be
# repeated across issuers and renewals. Names of context variables are case-sensitive.
CERTIFICATE = frozenset(
    {"context.identity.clientCert.clientCertPem", "$context.identity.clientCert.clientCertPem"}
)
CACHED = frozenset({"request", "token"})  # API Gateway caches results of Lambda authorizers only


def _check(resource: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
    longest = settings["maximumSeconds"]
    for route in routes(resource, stack):
        for authorizer in route.authorizers if route.proxied else ():
            if authorizer.kind not in CACHED:
                continue  # apigateway-route-authorizer-sees-certificate
            seconds = authorizer.cache_seconds.number(DEFAULT_CACHE_SECONDS)
            if seconds == 0:
                continue
            if not _bound(authorizer):
                yield f"{route.label}: the cache key does not contain the client certificate."
            elif seconds > longest:
                yield (
                    f"{route.label}: results are cached longer than {longest:g} seconds. A revoked "
                    "client keeps its access until the cached result expires."
                )


def _bound(authorizer: DeclaredAuthorizer) -> bool:
    keys = [
        key.strip()
        for node in authorizer.identity_source.one_or_many()
        for key in node.text().split(",")
    ]
    return not CERTIFICATE.isdisjoint(keys)


RULE = StackRule(
    name="apigateway-authorizer-cache-is-certificate-bound",
    title="Authorizer results are cached per client certificate, or not at all.",
    severity=Severity.CRITICAL,
    why=(
        "API Gateway caches authorizer results for 300 seconds by default. The cached policy and "
        "context, including the token, apply to every request with the same identity source. If "
        "the key is a header, any client that sends the same header gets another client's token. "
        "Distinguished names, serial numbers and dates must not be the key: two certificates may "
        "have the same ones."
    ),
    fix=(
        '"authorizerResultTtlInSeconds": 0, or '
        '"identitySource": "context.identity.clientCert.clientCertPem"'
    ),
    page="Use API Gateway Lambda authorizers",
    url=API_GATEWAY_GUIDE + "apigateway-use-lambda-authorizer.html",
    types=ROUTE_TYPES,
    settings={
        "maximumSeconds": number(
            "The longest time that a result may be cached.", default=300, minimum=0, maximum=3600
        ),
    },
    check=_check,
)
