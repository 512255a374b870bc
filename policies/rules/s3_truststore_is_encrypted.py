"""Refuses a truststore bucket without a declared encryption."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.reading.truststore import DOMAINS, attached, truststore_buckets
from policies.rule import Settings, StackRule

ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
ALGORITHMS = frozenset({"AES256", "aws:kms", "aws:kms:dsse"})


def _check(domain: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for bucket in truststore_buckets(domain, stack):
        algorithms = [
            rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"].text("")
            for configuration in attached(bucket, stack, *ENCRYPTION)
            for rule in configuration["rules"].items()
        ]
        if not algorithms or any(name not in ALGORITHMS for name in algorithms):
            yield f"the truststore's bucket {bucket.name} does not declare an encryption."


RULE = StackRule(
    name="s3-truststore-is-encrypted",
    title="The truststore's bucket declares its encryption.",
    severity=Severity.LOW,
    why=(
        "S3 has encrypted new objects with its own keys by default since 2023. A declared "
        "encryption is visible in a review, and every change of it is a change of the program."
    ),
    fix=(
        "aws.s3.BucketServerSideEncryptionConfiguration(…, rules=["
        '{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}])'
    ),
    page="Setting default server-side encryption behavior for Amazon S3 buckets",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html",
    frameworks=(
        "Checkov CKV_AWS_19",
        "cfn-guard S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED",
        "AWS Config s3-bucket-server-side-encryption-enabled",
    ),
    types=DOMAINS,
    check=_check,
)
