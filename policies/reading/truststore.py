"""Finds a domain's truststore, its bucket, and the resources that configure the bucket."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pulumi

from policies.reading import types
from policies.reading.node import Node, UndecidedError
from policies.reading.place import is_same_place
from policies.reading.resource import JudgedResource, Stack, once_per_stack

DOMAINS = frozenset({types.REST_DOMAIN, types.HTTP_DOMAIN})
OBJECTS = (
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/bucketObject:BucketObject",
    "aws:s3/objectCopy:ObjectCopy",
)


def truststore_buckets(domain: JudgedResource, stack: Stack) -> list[JudgedResource]:
    """The buckets of this stack that contain the domain's truststore; none without mutual TLS.

    Raises:
        UndecidedError: the truststore's bucket is not declared in this stack.
    """
    block = "mutualTlsAuthentication"
    if not domain[block].present:
        return []  # apigateway-domain-requires-mtls
    found = {bucket.urn: bucket for bucket in stack.used_by(domain, block, *types.BUCKETS)}
    for upload in stack.used_by(domain, block, *OBJECTS):
        found |= {bucket.urn: bucket for bucket in _buckets_of(upload, stack)}
    uri = domain[block]["truststoreUri"]
    if not found and uri.known:
        named = _by_name(stack, types.BUCKETS).get(_bucket_name(domain), ())
        found = {bucket.urn: bucket for bucket in named}
    if not found and is_in_trusted_bucket(domain, stack):
        return []
    if not found:
        raise UndecidedError(f"{block}.truststoreUri does not refer to a bucket of this stack")
    return list(found.values())


def truststore_texts(domain: JudgedResource, stack: Stack) -> Iterator[tuple[str, str]]:
    """The domain's truststore as far as it is known: the name of the object, and its text.

    An object outside of this stack, an unknown content, and a file whose path is relative to the
    program are left out.
    """
    block = "mutualTlsAuthentication"
    if not domain[block].present:
        return
    for upload in stack.used_by(domain, block, *OBJECTS) or _objects_at(domain, stack):
        text, encoded, source = (upload[key] for key in ("content", "contentBase64", "source"))
        if text.is_text:
            yield upload.name, text.text()
        elif encoded.is_text:
            yield upload.name, _decoded(encoded)
        elif source.known and (content := _of_asset(source.leaf())) is not None:
            yield upload.name, content


def _objects_at(domain: JudgedResource, stack: Stack) -> list[JudgedResource]:
    """The objects that the domain names without a reference to them."""
    uri = domain["mutualTlsAuthentication"]["truststoreUri"]
    if not uri.known:
        return []
    place = uri.text().removeprefix("s3://")
    return [
        one
        for one in stack.of_type(*OBJECTS)
        if one["bucket"].is_text
        and one["key"].is_text
        and f"{one['bucket'].text()}/{one['key'].text()}" == place
    ]


def _decoded(encoded: Node) -> str:
    try:
        return base64.b64decode(encoded.text(), validate=True).decode()
    except ValueError:
        raise UndecidedError(f"{encoded.path} must be base64 of a text") from None


def _of_asset(asset: object) -> str | None:
    if isinstance(asset, pulumi.StringAsset):
        return str(asset.text)
    if isinstance(asset, pulumi.FileAsset):
        path = Path(str(asset.path))
        if path.is_absolute() and path.is_file():
            return path.read_text(encoding="utf-8", errors="replace")
    return None


def configures_truststore(resource: JudgedResource, stack: Stack) -> bool:
    """Whether a resource of S3 is, configures or fills a bucket that contains a truststore.

    It counts as one if a bucket cannot be told.
    """
    buckets = _every_truststore_bucket(stack)
    if buckets is None or resource in buckets:
        return True
    if resource.type in types.BUCKETS:
        return False
    name = resource["bucket"]
    if used := stack.used_by(resource, "bucket", *types.BUCKETS):
        return any(bucket in used for bucket in buckets)
    return not name.known or any(
        bucket["bucket"].known and bucket["bucket"].text() == name.text() for bucket in buckets
    )


@once_per_stack
def _every_truststore_bucket(stack: Stack) -> list[JudgedResource] | None:
    """The buckets of all domains; None where one cannot be told."""
    try:
        domains = stack.of_type(*sorted(DOMAINS))
        return [bucket for one in domains for bucket in truststore_buckets(one, stack)]
    except UndecidedError:
        return None


def is_in_trusted_bucket(domain: JudgedResource, stack: Stack) -> bool:
    """Whether the configuration trusts the bucket that contains the domain's truststore."""
    uri = domain["mutualTlsAuthentication"]["truststoreUri"]
    if uri.known:
        return stack.trusts_name("buckets", _bucket_name(domain), domain)
    return stack.trusts("buckets", uri, domain)


def _bucket_name(domain: JudgedResource) -> str:
    uri = domain["mutualTlsAuthentication"]["truststoreUri"]
    return uri.text().removeprefix("s3://").partition("/")[0]


def attached(bucket: JudgedResource, stack: Stack, *types_: str) -> list[JudgedResource]:
    """The resources of these types that configure the bucket, by reference or by its name."""
    found = {user.urn: user for user in stack.users_of(bucket, "bucket", *types_)}
    name = bucket["bucket"]
    if name.known:
        found |= {user.urn: user for user in _by_name(stack, types_).get(name.text(), ())}
    return [user for user in found.values() if is_same_place(user, bucket)]


def _buckets_of(upload: JudgedResource, stack: Stack) -> list[JudgedResource]:
    referred = stack.used_by(upload, "bucket", *types.BUCKETS)
    if referred or not upload["bucket"].known:
        return referred
    return _by_name(stack, types.BUCKETS).get(upload["bucket"].text(), [])


@once_per_stack
def _by_name(stack: Stack, types_: tuple[str, ...]) -> dict[str, list[JudgedResource]]:
    index: dict[str, list[JudgedResource]] = {}
    for resource in stack.of_type(*types_):
        if resource["bucket"].known:
            index.setdefault(resource["bucket"].text(), []).append(resource)
    return index
