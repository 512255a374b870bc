"""A truststore version that does not follow the upload is refused."""

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("apigateway-domain-follows-truststore")


@CASES.bad("domain", says="does not refer to a truststore object of this stack")
def a_version_in_the_program():
    truststore = aws.s3.BucketObjectv2("truststore", bucket="trust", key="ca.pem", content="…")
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": truststore.bucket.apply(lambda bucket: f"s3://{bucket}/ca.pem"),
            "truststore_version": "L4kqtJlcpXroDTDmpUMLUo",
        },
    )


@CASES.good
def the_version_of_the_upload():
    truststore = aws.s3.BucketObjectv2("truststore", bucket="trust", key="ca.pem", content="…")
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://trust/ca.pem",
            "truststore_version": truststore.version_id,
        },
    )


def uploaded(source):
    truststore = aws.s3.BucketObjectv2("truststore", bucket="trust", key="ca.pem", source=source)
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://trust/ca.pem",
            "truststore_version": truststore.version_id,
        },
    )


@CASES.bad("domain", says="truststore is a copy from outside this stack")
def a_truststore_that_is_downloaded():
    uploaded(pulumi.RemoteAsset("https://ca.example.com/ca.pem"))


@CASES.good
def a_truststore_in_a_file():
    uploaded(pulumi.FileAsset("truststore.pem"))


@CASES.bad("domain")
def an_upload_of_another_program():
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://trust/ca.pem",
            "truststore_version": "L4kqtJlcpXroDTDmpUMLUo",
        },
    )


@CASES.ignored
def a_domain_without_mutual_tls_is_another_rules_matter():
    aws.apigateway.DomainName("domain", domain_name="api.example.com")


@CASES.ignored
def a_missing_version_is_another_rules_matter():
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={"truststore_uri": "s3://trust/ca.pem"},
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
