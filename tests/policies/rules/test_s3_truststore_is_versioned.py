"""A truststore in a bucket without versions is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import truststores
from tests.policies.cases import Cases

CASES = Cases("s3-truststore-is-versioned")


@CASES.bad("domain", says="the truststore's bucket trust is not versioned")
def without_versions():
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
def with_versions():
    bucket = aws.s3.Bucket("trust", bucket="example-truststore")
    aws.s3.BucketVersioning(
        "versions", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}
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
def suspended():
    truststores.domain(versioning={"versioning_configuration": {"status": "Suspended"}})


@CASES.bad("domain", says="does not refer to a bucket of this stack")
def bucket_that_nobody_here_can_judge():
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={"truststore_uri": "s3://elsewhere/ca.pem"},
    )


@CASES.good
def bucket_and_parts_by_name():
    aws.s3.Bucket("trust", bucket="example-truststore")
    aws.s3.BucketVersioning(
        "versions",
        bucket="example-truststore",
        versioning_configuration={"status": "Enabled"},
    )
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={"truststore_uri": "s3://example-truststore/ca.pem"},
    )


@CASES.bad("domain")
def versions_of_another_bucket():
    other = aws.s3.Bucket("other", bucket="other")
    truststores.domain(versioning={"bucket": other.bucket})


@CASES.ignored
def a_bucket_that_holds_no_truststore():
    aws.s3.Bucket("assets", bucket="assets")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
