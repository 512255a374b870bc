"""Refuses a custom domain that does not name the version of its truststore object."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import API_GATEWAY_GUIDE, ResourceRule, Settings


def _check(domain: JudgedResource, _settings: Settings) -> Iterator[str]:
    block = domain["mutualTlsAuthentication"]
    if not block.present:
        return  # apigateway-domain-requires-mtls
    version = block["truststoreVersion"]
    if not version.present or (version.known and not version.text()):
        yield (
            "mutualTlsAuthentication.truststoreVersion is missing: a new truststore would be "
            "uploaded but not used, so a removed issuer stays trusted."
        )


RULE = ResourceRule(
    name="apigateway-domain-pins-truststore-version",
    title="A custom domain names the version of its truststore.",
    severity=Severity.HIGH,
    why=(
        "API Gateway reads the truststore when the domain is created or updated, not when the "
        "object changes. Without a pinned version a new truststore has no effect."
    ),
    fix='mutual_tls_authentication={…, "truststore_version": truststore.version_id}',
    page="How to turn on mutual TLS authentication for your REST APIs in API Gateway",
    url=API_GATEWAY_GUIDE + "rest-api-mutual-tls.html",
    types=frozenset({types.REST_DOMAIN, types.HTTP_DOMAIN}),
    check=_check,
)
