"""A domain with its truststore's bucket and what guards the bucket, with one thing to break."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

NAME = "example-truststore"
ARN = f"arn:aws:s3:::{NAME}"
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [ARN, f"{ARN}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def domain(*, mutual_tls: bool = True, **changes: Any) -> aws.apigateway.DomainName:
    """Declare all of it. ``changes`` replaces the arguments of one part, by its name."""
    bucket = aws.s3.Bucket("trust", **({"bucket": NAME} | changes.get("bucket", {})))
    parts = {
        "versioning": (
            aws.s3.BucketVersioning,
            {"versioning_configuration": {"status": "Enabled"}},
        ),
        "private": (
            aws.s3.BucketPublicAccessBlock,
            {
                "block_public_acls": True,
                "block_public_policy": True,
                "ignore_public_acls": True,
                "restrict_public_buckets": True,
            },
        ),
        "encryption": (
            aws.s3.BucketServerSideEncryptionConfiguration,
            {"rules": [{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}]},
        ),
        "policy": (aws.s3.BucketPolicy, {"policy": document(TLS_ONLY)}),
        "owner": (
            aws.s3.BucketOwnershipControls,
            {"rule": {"object_ownership": "BucketOwnerEnforced"}},
        ),
    }
    for part, (kind, arguments) in parts.items():
        kind(part, **({"bucket": bucket.bucket} | arguments | changes.get(part, {})))
    truststore = aws.s3.BucketObjectv2(
        "truststore", bucket=bucket.bucket, key="ca.pem", content="…"
    )
    block = {
        "truststore_uri": pulumi.Output.concat("s3://", truststore.bucket, "/ca.pem"),
        "truststore_version": truststore.version_id,
    }
    return aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        security_policy="TLS_1_2",
        endpoint_configuration={"types": "REGIONAL"},
        mutual_tls_authentication=block if mutual_tls else None,
    )
