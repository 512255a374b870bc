"""Refuses a custom domain without mutual TLS."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import Node
from policies.reading.resource import JudgedResource
from policies.rule import API_GATEWAY_GUIDE, ResourceRule, Settings


def _check(domain: JudgedResource, _settings: Settings) -> Iterator[str]:
    block = domain["mutualTlsAuthentication"]
    if not block.present:
        yield "mutualTlsAuthentication is missing: callers do not need a client certificate."
    elif not block["truststoreUri"].present or _is_empty(block["truststoreUri"]):
        yield "mutualTlsAuthentication.truststoreUri is missing: no certificate is verified."


def _is_empty(uri: Node) -> bool:
    return uri.known and not uri.text()


RULE = ResourceRule(
    name="apigateway-domain-requires-mtls",
    title="Every custom domain requires a client certificate.",
    severity=Severity.CRITICAL,
    why=(
        "Without a truststore the domain completes the TLS handshake with any caller, and the "
        "authorizer receives no client certificate."
    ),
    fix='mutual_tls_authentication={"truststore_uri": …, "truststore_version": …}',
    page="How to turn on mutual TLS authentication for your REST APIs in API Gateway",
    url=API_GATEWAY_GUIDE + "rest-api-mutual-tls.html",
    types=frozenset({types.REST_DOMAIN, types.HTTP_DOMAIN}),
    check=_check,
)
