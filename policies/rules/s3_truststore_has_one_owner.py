"""Refuses a truststore bucket with ACLs enabled."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.truststore import DOMAINS, attached, truststore_buckets
from policies.rule import Settings, StackRule

OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
ENFORCED = "BucketOwnerEnforced"


def _check(domain: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for bucket in truststore_buckets(domain, stack):
        declared = attached(bucket, stack, OWNERSHIP)
        owners = [one["rule"]["objectOwnership"].text("") for one in declared]
        if not owners or any(owner != ENFORCED for owner in owners):
            yield f"the truststore's bucket {bucket.name} does not set BucketOwnerEnforced."


RULE = StackRule(
    name="s3-truststore-has-one-owner",
    title="ACLs are disabled in the truststore's bucket.",
    severity=Severity.LOW,
    why=(
        "ACLs grant permissions per object in addition to the bucket policy and are easy to miss. "
        "BucketOwnerEnforced disables them, so only policies need to be reviewed."
    ),
    fix='aws.s3.BucketOwnershipControls(…, rule={"object_ownership": "BucketOwnerEnforced"})',
    page="Controlling ownership of objects and disabling ACLs for your bucket",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
    frameworks=(
        "Security Hub S3.12",
        "Checkov CKV2_AWS_65",
        "Prowler s3_bucket_acl_prohibited",
        "AWS Config s3-bucket-acl-prohibited",
    ),
    types=DOMAINS,
    check=_check,
)
