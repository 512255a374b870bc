"""A cached answer is served to whoever sends the same identity source: bind it to a certificate."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import DEFAULT_CACHE_SECONDS, ROUTE_TYPES, DeclaredAuthorizer, routes
from policies.rule import Settings, StackRule

CERTIFICATE = "identity.clientcert."
# Shared by every certificate of an issuer, or repeated across issuers and renewals.
NOT_UNIQUE = ("issuerdn", "subjectdn", "serialnumber", "validity")


def _check(resource: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
    longest = settings["maximumSeconds"]
    for route in routes(resource, stack):
        for authorizer in route.authorizers if route.proxied else ():
            seconds = authorizer.cache_seconds.number(DEFAULT_CACHE_SECONDS)
            if seconds == 0:
                continue
            if not _bound(authorizer):
                yield f"{route.label}: answers are cached, and no certificate is part of the key."
            elif seconds > longest:
                yield (
                    f"{route.label}: answers are cached longer than {longest:g} seconds, and a "
                    "revoked client is served until then."
                )


def _bound(authorizer: DeclaredAuthorizer) -> bool:
    keys = [
        key.strip().lower()
        for node in authorizer.identity_source.one_or_many()
        for key in node.text().split(",")
    ]
    return any(CERTIFICATE in key and not key.endswith(NOT_UNIQUE) for key in keys)


RULE = StackRule(
    name="apigateway-authorizer-cache-is-certificate-bound",
    title="An authorizer's answer is cached per certificate, or not at all.",
    severity=Severity.CRITICAL,
    why=(
        "API Gateway caches for 300 seconds unless it is told otherwise, and hands the cached "
        "policy and context, the token included, to every call with the same identity source. "
        "With a header as the key, any client that sends it acts as another. Distinguished names "
        "and serial numbers are no key either: two issuers may give the same."
    ),
    fix=(
        '"authorizerResultTtlInSeconds": 0, or '
        '"identitySource": "context.identity.clientCert.clientCertPem"'
    ),
    page="Use API Gateway Lambda authorizers",
    url=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "apigateway-use-lambda-authorizer.html"
    ),
    types=ROUTE_TYPES,
    settings={
        "maximumSeconds": {
            "type": "number",
            "minimum": 0,
            "maximum": 3600,
            "default": 300,
            "description": "The longest time that an answer may be cached.",
        }
    },
    check=_check,
)
