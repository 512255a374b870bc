"""An unpinned truststore is refused."""

import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("apigateway-domain-pins-truststore-version")


@CASES.bad("domain", says="truststoreVersion is missing")
def without_a_version():
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={"truststore_uri": "s3://trust/ca.pem"},
    )


@CASES.good
def with_the_version_of_the_upload():
    truststore = aws.s3.BucketObjectv2("truststore", bucket="trust", key="ca.pem", content="…")
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://trust/ca.pem",
            "truststore_version": truststore.version_id,
        },
    )


@CASES.bad("domain")
def with_an_empty_version():
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://trust/ca.pem",
            "truststore_version": "",
        },
    )


@CASES.bad("domain")
def domain_of_an_http_api():
    aws.apigatewayv2.DomainName(
        "domain",
        domain_name="api.example.com",
        domain_name_configuration={
            "certificate_arn": "arn:aws:acm:eu-central-1:000000000000:certificate/1",
            "endpoint_type": "REGIONAL",
            "security_policy": "TLS_1_2",
        },
        mutual_tls_authentication={"truststore_uri": "s3://trust/ca.pem"},
    )


@CASES.ignored
def a_domain_without_mutual_tls_is_another_rules_matter():
    aws.apigateway.DomainName("domain", domain_name="api.example.com")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
