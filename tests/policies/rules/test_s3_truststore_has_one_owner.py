"""A truststore's bucket with ACLs is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import truststores
from tests.policies.cases import Cases

CASES = Cases("s3-truststore-has-one-owner")


@CASES.bad("domain", says="does not set BucketOwnerEnforced")
def with_acls():
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
def without_acls():
    bucket = aws.s3.Bucket("trust", bucket="example-truststore")
    aws.s3.BucketOwnershipControls(
        "owner", bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}
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


@CASES.bad("domain")
def owner_preferred_keeps_acls():
    truststores.domain(owner={"rule": {"object_ownership": "BucketOwnerPreferred"}})


@CASES.ignored
def a_bucket_that_holds_no_truststore():
    aws.s3.Bucket("assets", bucket="assets")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
