"""Truststore bucket: private, versioned and encrypted, with the bundle uploaded last."""

import pulumi_aws as aws
from pulumi import Resource, ResourceOptions

from components.arn import Place
from components.policy_documents import Statement, policy_json

TRUSTSTORE_KEY = "truststore.pem"


def truststore_object(
    name: str,
    *,
    prefix: str,
    place: Place,
    pem: str,
    kms_key_arn: str | None,
    protect: bool,
    parent: Resource,
) -> aws.s3.BucketObjectv2:
    """Register the bucket with its access settings, and upload the bundle ``pem`` into it."""
    bucket_name = f"{prefix}-truststore-{place.account_id}"
    child = ResourceOptions(parent=parent)
    bucket = aws.s3.Bucket(
        name, bucket=bucket_name, opts=ResourceOptions(parent=parent, protect=protect)
    )
    public_access = aws.s3.BucketPublicAccessBlock(
        f"{name}-private",
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    aws.s3.BucketOwnershipControls(
        f"{name}-owner",
        bucket=bucket.bucket,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=child,
    )
    encryption = aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.bucket,
        rules=[_encrypted_with(kms_key_arn)],
        opts=child,
    )
    policy = aws.s3.BucketPolicy(
        f"{name}-tls",
        bucket=bucket.bucket,
        policy=policy_json(_tls_only(place.bucket(bucket_name))),
        # S3 refuses concurrent changes of one bucket's access.
        opts=ResourceOptions(parent=parent, depends_on=[public_access]),
    )
    versioning = aws.s3.BucketVersioning(
        f"{name}-versions",
        bucket=bucket.bucket,
        versioning_configuration={"status": "Enabled"},
        opts=child,
    )
    return aws.s3.BucketObjectv2(
        f"{name}-bundle",
        bucket=bucket.bucket,
        key=TRUSTSTORE_KEY,
        # The text, not a path: the policy pack then judges at preview what is deployed.
        content=pem,
        content_type="application/x-pem-file",
        # An object uploaded before versioning is on has no version to pin.
        opts=ResourceOptions(parent=parent, depends_on=[versioning, encryption, policy]),
    )


def _encrypted_with(
    kms_key_arn: str | None,
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    if kms_key_arn is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {
            "sse_algorithm": "aws:kms",
            "kms_master_key_id": kms_key_arn,
        },
        "bucket_key_enabled": True,
    }


def _tls_only(bucket_arn: str) -> Statement:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
