"""Refuses a truststore bucket that may be public."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.iam import IamStatement, statements
from policies.reading.principals import is_foreign_principal
from policies.reading.resource import JudgedResource, Stack
from policies.reading.truststore import DOMAINS, attached, truststore_buckets
from policies.rule import Settings, StackRule

PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACLS = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
# A principal that may do one of these decides what the truststore contains.
WRITES = (
    "s3:PutObject",
    "s3:ReplicateObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutBucketPolicy",
    "s3:PutBucketVersioning",
    "s3:PutReplicationConfiguration",
)
# Conditions that limit the account for which a service acts.
SOURCES = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid"})
SAME = frozenset({"stringequals", "stringlike", "arnequals", "arnlike"})
PRIVATE_ACLS = frozenset({"", "private", "bucket-owner-full-control", "log-delivery-write"})


def _check(domain: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for bucket in truststore_buckets(domain, stack):
        blocks = attached(bucket, stack, PUBLIC_ACCESS_BLOCK)
        if not blocks:
            yield f"the truststore's bucket {bucket.name} has no BucketPublicAccessBlock."
        for block in blocks:
            for flag in FLAGS:
                if not block[flag].flag():
                    yield f"{flag} of {block.name} is not true."
        for holder in (bucket, *attached(bucket, stack, *ACLS)):
            if holder["acl"].text("") not in PRIVATE_ACLS:
                yield f"acl of {holder.name} grants access outside the account."
        for policy in attached(bucket, stack, BUCKET_POLICY):
            for statement in statements(policy["policy"]):
                if statement.allows and statement.is_about_everybody:
                    yield f"{statement.node.path} of {policy.name} allows every principal."
                elif _lets_another_account_write(statement, policy, stack):
                    yield (
                        f"{statement.node.path} of {policy.name} lets another account write to "
                        "the truststore's bucket."
                    )


def _lets_another_account_write(
    statement: IamStatement, policy: JudgedResource, stack: Stack
) -> bool:
    """Whether a principal that is not of this account, and not trusted, may write.

    A service acts for every account that asks it to, unless a condition names the source.
    """
    if not statement.allows or not any(map(statement.covers, WRITES)):
        return False
    has_source = any(key in SOURCES and op in SAME for op, key, _ in statement.conditions)
    return any(
        is_foreign_principal(kind, principal, stack, policy)
        or (kind == "Service" and not has_source)
        for kind, principal in statement.principals
    )


RULE = StackRule(
    name="s3-truststore-blocks-public-access",
    title="The truststore's bucket blocks all public access.",
    severity=Severity.CRITICAL,
    why=(
        "The truststore decides which client certificates are trusted. Anyone who can write to "
        "the bucket can add an issuer. The four settings together override any ACL or bucket "
        "policy that is public, but not one that names another account: such an account must be "
        "trusted in the configuration of the pack. A service of AWS writes for every account, "
        "unless a condition names the source."
    ),
    fix=(
        "aws.s3.BucketPublicAccessBlock(…, block_public_acls=True, block_public_policy=True, "
        "ignore_public_acls=True, restrict_public_buckets=True)"
    ),
    page="Blocking public access to your Amazon S3 storage",
    url=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
        "access-control-block-public-access.html"
    ),
    frameworks=(
        "Security Hub S3.8",
        "CIS AWS Foundations 3.0.0 2.1.4",
        "Checkov CKV2_AWS_6",
        "cdk-nag AwsSolutions-S2",
        "cfn-guard S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
        "Prowler s3_bucket_level_public_access_block",
        "AWS Config s3-bucket-level-public-access-prohibited",
    ),
    types=DOMAINS,
    check=_check,
)
