"""The bucket of a truststore is found through the object, by reference or by name."""

import pytest

from policies.reading import types
from policies.reading.node import UndecidedError
from policies.reading.truststore import attached, truststore_buckets
from tests.policies.reading.stack_of import UNKNOWN, stack_of, thing

BUCKET, POLICY = types.BUCKETS[0], "aws:s3/bucketPolicy:BucketPolicy"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
BLOCK = "mutualTlsAuthentication"


def domain(uri=UNKNOWN, *uses):
    block = {"truststoreUri": uri}
    return thing(types.REST_DOMAIN, "domain", **{BLOCK: block}, uses={BLOCK: list(uses)})


def test_a_domain_without_mutual_tls_has_none():
    stack, found = stack_of(thing(types.REST_DOMAIN, "domain"))
    assert truststore_buckets(found["domain"], stack) == []


@pytest.mark.parametrize(
    ("declared", "upload"),
    [
        (domain(UNKNOWN, "trust"), thing(OBJECT, "upload")),
        (domain(UNKNOWN, "upload"), thing(OBJECT, "upload", bucket="trust-bucket")),
        (
            domain(UNKNOWN, "upload"),
            thing(OBJECT, "upload", bucket=UNKNOWN, uses={"bucket": ["trust"]}),
        ),
        (domain("s3://trust-bucket/ca.pem"), thing(OBJECT, "upload")),
    ],
    ids=["bucket", "object by name", "object by reference", "uri"],
)
def test_the_bucket_is_found(declared, upload):
    stack, found = stack_of(thing(BUCKET, "trust", bucket="trust-bucket"), upload, declared)
    assert truststore_buckets(found["domain"], stack) == [found["trust"]]


def test_a_bucket_of_another_stack_is_undecided():
    stack, found = stack_of(
        thing(BUCKET, "trust", bucket="trust-bucket"), domain("s3://elsewhere/ca.pem")
    )
    with pytest.raises(UndecidedError, match="does not refer to a bucket of this stack"):
        truststore_buckets(found["domain"], stack)


def test_configuration_is_attached_by_reference_or_by_name():
    stack, found = stack_of(
        thing(BUCKET, "trust", bucket="trust-bucket"),
        thing(POLICY, "by-name", bucket="trust-bucket"),
        thing(POLICY, "by-reference", bucket=UNKNOWN, uses={"bucket": ["trust"]}),
        thing(POLICY, "other", bucket="elsewhere"),
    )
    names = {resource.name for resource in attached(found["trust"], stack, POLICY)}
    assert names == {"by-name", "by-reference"}
