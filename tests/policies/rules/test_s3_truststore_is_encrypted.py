"""A truststore's bucket that leaves its encryption open is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import truststores
from tests.policies.cases import Cases

CASES = Cases("s3-truststore-is-encrypted")


@CASES.bad("domain", says="does not declare an encryption")
def left_to_a_default():
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
def declared():
    bucket = aws.s3.Bucket("trust", bucket="example-truststore")
    aws.s3.BucketServerSideEncryptionConfiguration(
        "encryption",
        bucket=bucket.bucket,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
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
def declared_without_an_algorithm():
    truststores.domain(encryption={"rules": [{"bucket_key_enabled": True}]})


@CASES.good
def with_a_kms_key():
    rule = {"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms"}}
    truststores.domain(encryption={"rules": [rule]})


@CASES.ignored
def a_bucket_that_holds_no_truststore():
    aws.s3.Bucket("assets", bucket="assets")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
