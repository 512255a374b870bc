"""A truststore that strangers may reach is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import truststores
from tests.policies.cases import Cases

CASES = Cases("s3-truststore-blocks-public-access")


@CASES.bad("domain", says="has no BucketPublicAccessBlock")
def without_a_block():
    bucket = aws.s3.Bucket("trust", bucket="example-truststore")
    upload = aws.s3.BucketObjectv2("bundle", bucket=bucket.bucket, key="ca.pem", content="…")
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://example-truststore/ca.pem",
            "truststore_version": upload.version_id,
        },
    )


@CASES.good
def with_all_four_switches():
    bucket = aws.s3.Bucket("trust", bucket="example-truststore")
    aws.s3.BucketPublicAccessBlock(
        "private",
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    upload = aws.s3.BucketObjectv2("bundle", bucket=bucket.bucket, key="ca.pem", content="…")
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://example-truststore/ca.pem",
            "truststore_version": upload.version_id,
        },
    )


@CASES.bad("domain", says="restrictPublicBuckets of private is not true")
def three_of_four():
    truststores.domain(private={"restrict_public_buckets": False})


@CASES.bad("domain", says="acl of trust grants access outside the account")
def public_acl_on_the_bucket():
    truststores.domain(bucket={"acl": "public-read"})


@CASES.bad("domain", says="acl of open grants access outside the account")
def public_acl_beside_the_bucket():
    truststores.domain()
    aws.s3.BucketAcl("open", bucket=truststores.NAME, acl="public-read-write")


@CASES.bad("domain", says="allows every principal")
def policy_for_everybody():
    everybody = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"{truststores.ARN}/*",
    }
    truststores.domain(policy={"policy": truststores.document(truststores.TLS_ONLY, everybody)})


@CASES.ignored
def a_bucket_that_holds_no_truststore():
    aws.s3.Bucket("assets", bucket="assets", acl="public-read")


@CASES.bad("domain", says="has no BucketPublicAccessBlock")
def public_access_block_in_another_region():
    truststores.domain(bucket={"region": "eu-central-1"}, private={"region": "us-east-1"})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
