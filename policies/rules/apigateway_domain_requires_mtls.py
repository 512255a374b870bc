"""A custom domain without a truststore lets any client open a connection."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import Node
from policies.reading.resource import JudgedResource
from policies.rule import ResourceRule, Settings


def _check(domain: JudgedResource, _settings: Settings) -> Iterator[str]:
    block = domain["mutualTlsAuthentication"]
    if not block.present:
        yield "mutualTlsAuthentication is missing: a caller needs no client certificate."
    elif not block["truststoreUri"].present or _is_empty(block["truststoreUri"]):
        yield "mutualTlsAuthentication names no truststoreUri: nothing is asked of a caller."


def _is_empty(uri: Node) -> bool:
    return uri.known and not uri.text()


RULE = ResourceRule(
    name="apigateway-domain-requires-mtls",
    title="Every custom domain requires a client certificate.",
    severity=Severity.CRITICAL,
    why=(
        "Mutual TLS is the first gate: without a truststore the domain completes a handshake "
        "with anybody, and the authorizer gets no certificate to judge."
    ),
    fix='mutual_tls_authentication={"truststore_uri": …, "truststore_version": …}',
    page="How to turn on mutual TLS authentication for your REST APIs in API Gateway",
    url="https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
    types=frozenset({types.REST_DOMAIN, types.HTTP_DOMAIN}),
    check=_check,
)
