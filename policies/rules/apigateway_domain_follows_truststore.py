"""Refuses a custom domain whose truststore version is not the one that the stack uploads."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.truststore import DOMAINS, OBJECTS, is_in_trusted_bucket
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

BLOCK = "mutualTlsAuthentication"


def _check(domain: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if not domain[BLOCK].present or not domain[BLOCK]["truststoreVersion"].present:
        return  # apigateway-domain-requires-mtls, apigateway-domain-pins-truststore-version
    version = domain[BLOCK]["truststoreVersion"]
    uploads = stack.used_by(domain, BLOCK, *OBJECTS)
    uploaded = {one["versionId"].text() for one in uploads if one["versionId"].known}
    foreign = not uploads or (version.known and version.text() not in uploaded)
    if foreign and not is_in_trusted_bucket(domain, stack):
        yield f"{version.path} does not refer to a truststore object of this stack."


RULE = StackRule(
    name="apigateway-domain-follows-truststore",
    title="A custom domain uses the truststore that the stack uploads.",
    severity=Severity.HIGH,
    why=(
        "A version that is written into the program stays when the truststore changes: the new "
        "truststore is uploaded but not used, so a removed issuer stays trusted. A truststore "
        "that another program uploads cannot be judged."
    ),
    fix='mutual_tls_authentication={…, "truststore_version": truststore.version_id}',
    page="How to turn on mutual TLS authentication for your REST APIs in API Gateway",
    url=API_GATEWAY_GUIDE + "rest-api-mutual-tls.html",
    types=DOMAINS,
    check=_check,
)
