"""Refuses a custom domain whose truststore version is not the one that the stack uploads."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.assets import is_remote
from policies.reading.resource import JudgedResource, Stack
from policies.reading.truststore import DOMAINS, OBJECTS, is_in_trusted_bucket
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

BLOCK = "mutualTlsAuthentication"
COPY = "aws:s3/objectCopy:ObjectCopy"


def _check(domain: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if not domain[BLOCK].present or not domain[BLOCK]["truststoreVersion"].present:
        return  # apigateway-domain-requires-mtls, apigateway-domain-pins-truststore-version
    version = domain[BLOCK]["truststoreVersion"]
    uploads = stack.used_by(domain, BLOCK, *OBJECTS)
    uploaded = {one["versionId"].text() for one in uploads if one["versionId"].known}
    foreign = not uploads or (version.known and version.text() not in uploaded)
    if foreign and not is_in_trusted_bucket(domain, stack):
        yield f"{version.path} does not refer to a truststore object of this stack."
    for upload in uploads:
        if _is_made_elsewhere(upload, stack):
            yield f"the truststore object {upload.name} is a copy from outside this stack."


def _is_made_elsewhere(upload: JudgedResource, stack: Stack) -> bool:
    """Whether the truststore is downloaded from a URL, or copied from another program's bucket."""
    source = upload["source"]
    if upload.type != COPY:
        return any(is_remote(leaf.leaf()) for leaf in source.leaves())
    if stack.used_by(upload, "source", *OBJECTS, *types.BUCKETS):
        return False
    if not source.is_text:
        return not stack.trusts("buckets", source, upload)
    name = source.text().rpartition(":::")[2].partition("/")[0]
    declared = (bucket["bucket"] for bucket in stack.of_type(*types.BUCKETS))
    return not any(one.is_text and one.text() == name for one in declared) and not (
        stack.trusts_name("buckets", name, upload)
    )


RULE = StackRule(
    name="apigateway-domain-follows-truststore",
    title="A custom domain uses the truststore that the stack uploads.",
    severity=Severity.HIGH,
    why=(
        "A version that is written into the program stays when the truststore changes: the new "
        "truststore is uploaded but not used, so a removed issuer stays trusted. A truststore "
        "that another program uploads cannot be judged, nor one that is downloaded from a URL or "
        "copied from a bucket that the stack does not declare, unless the bucket is trusted."
    ),
    fix='mutual_tls_authentication={…, "truststore_version": truststore.version_id}',
    page="How to turn on mutual TLS authentication for your REST APIs in API Gateway",
    url=API_GATEWAY_GUIDE + "rest-api-mutual-tls.html",
    types=DOMAINS,
    check=_check,
)
