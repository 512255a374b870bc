"""Refuses a truststore bucket without versioning."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.truststore import DOMAINS, attached, truststore_buckets
from policies.rule import Settings, StackRule

VERSIONING = (
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketVersioningV2:BucketVersioningV2",
)
ENABLED = "Enabled"


def _check(domain: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for bucket in truststore_buckets(domain, stack):
        declared = attached(bucket, stack, *VERSIONING)
        states = [one["versioningConfiguration"]["status"].text("") for one in declared]
        if not states or any(state != ENABLED for state in states):
            yield f"the truststore's bucket {bucket.name} is not versioned."


RULE = StackRule(
    name="s3-truststore-is-versioned",
    title="Versioning is enabled for the truststore's bucket.",
    severity=Severity.HIGH,
    why=(
        "The custom domain pins a version of the truststore object. Without versioning there is "
        "no version to pin, and an upload overwrites the previous truststore."
    ),
    fix='aws.s3.BucketVersioning(…, versioning_configuration={"status": "Enabled"})',
    page="Using versioning in S3 buckets",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
    frameworks=(
        "Security Hub S3.14",
        "Checkov CKV_AWS_21",
        "cdk-nag HIPAA.Security-S3BucketVersioningEnabled",
        "cfn-guard S3_BUCKET_VERSIONING_ENABLED",
        "Prowler s3_bucket_object_versioning",
        "AWS Config s3-bucket-versioning-enabled",
    ),
    types=DOMAINS,
    check=_check,
)
