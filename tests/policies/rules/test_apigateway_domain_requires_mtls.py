"""apigateway-domain-requires-mtls: a custom domain without a truststore is refused."""

import pulumi
import pulumi_aws as aws
import pytest

RULE = "apigateway-domain-requires-mtls"


def bad():
    aws.apigateway.DomainName(
        "api",
        domain_name="api.example.com",
        regional_certificate_arn="arn:aws:acm:eu-central-1:000000000000:certificate/1",
        endpoint_configuration={"types": "REGIONAL"},
        security_policy="TLS_1_2",
    )


def good():
    truststore = aws.s3.BucketObjectv2("truststore", bucket="trust", key="ca.pem", content="…")
    aws.apigateway.DomainName(
        "api",
        domain_name="api.example.com",
        regional_certificate_arn="arn:aws:acm:eu-central-1:000000000000:certificate/1",
        endpoint_configuration={"types": "REGIONAL"},
        security_policy="TLS_1_2",
        mutual_tls_authentication={
            "truststore_uri": pulumi.Output.concat("s3://trust/", truststore.key),
            "truststore_version": truststore.version_id,
        },
    )


def http_api_domain():
    aws.apigatewayv2.DomainName(
        "api",
        domain_name="api.example.com",
        domain_name_configuration={
            "certificate_arn": "arn:aws:acm:eu-central-1:000000000000:certificate/1",
            "endpoint_type": "REGIONAL",
            "security_policy": "TLS_1_2",
        },
    )


def whole_block_from_an_apply():
    truststore = aws.s3.BucketObjectv2("truststore", bucket="trust", key="ca.pem", content="…")
    aws.apigateway.DomainName(
        "api",
        domain_name="api.example.com",
        mutual_tls_authentication=truststore.version_id.apply(
            lambda version: {"truststore_uri": "s3://trust/ca.pem", "truststore_version": version}
        ),
    )


def ignored():
    aws.s3.Bucket("assets", bucket="assets")


def test_a_domain_without_a_truststore_is_refused(refused):
    assert refused(RULE, bad) == ["api"]


def test_a_domain_of_an_http_api_is_refused_too(refused):
    assert refused(RULE, http_api_domain) == ["api"]


@pytest.mark.parametrize("program", [good, ignored])
def test_others_pass(refused, program):
    assert refused(RULE, program) == []
