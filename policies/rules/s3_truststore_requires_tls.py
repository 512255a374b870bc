"""Refuses a truststore bucket that accepts requests over plain HTTP."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.iam import IamStatement, statements
from policies.reading.resource import JudgedResource, Stack
from policies.reading.truststore import DOMAINS, attached, truststore_buckets
from policies.rule import Settings, StackRule

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
EVERY_ACTION = frozenset({"s3:*", "*"})


def _check(domain: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for bucket in truststore_buckets(domain, stack):
        policies = attached(bucket, stack, BUCKET_POLICY)
        if not policies:
            yield f"no policy of the truststore's bucket {bucket.name} denies plain HTTP."
        for policy in policies:  # a bucket has one policy, and the last one wins
            if not any(map(_refuses_http, statements(policy["policy"]))):
                yield f"the policy {policy.name} of the truststore's bucket allows plain HTTP."


def _refuses_http(statement: IamStatement) -> bool:
    resources = statement.texts("Resource")
    return (
        not statement.allows
        and ("AWS", "*") in statement.principals
        and bool(EVERY_ACTION & set(statement.texts("Action")))
        # The bucket itself and everything in it.
        and any(r.endswith("*") for r in resources)
        and any(r == "*" or not r.endswith("/*") for r in resources)
        and [(operator, key) for operator, key, _ in statement.conditions]
        == [("bool", "aws:securetransport")]
        and not any(v.flag() for _, _, c in statement.conditions for v in c.one_or_many())
    )


RULE = StackRule(
    name="s3-truststore-requires-tls",
    title="The truststore's bucket refuses plain HTTP.",
    severity=Severity.MEDIUM,
    why=(
        "S3 accepts requests over plain HTTP, where a truststore could be modified in transit. "
        "Only an explicit Deny prevents this for every principal."
    ),
    fix='{"Effect": "Deny", …, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}',
    page="Security best practices for Amazon S3",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    frameworks=(
        "Security Hub S3.5",
        "CIS AWS Foundations 3.0.0 2.1.1",
        "Checkov CKV_AWS_379",
        "cdk-nag AwsSolutions-S10",
        "cfn-guard S3_BUCKET_SSL_REQUESTS_ONLY",
        "Prowler s3_bucket_secure_transport_policy",
        "AWS Config s3-bucket-ssl-requests-only",
    ),
    types=DOMAINS,
    check=_check,
)
