"""A custom domain without a truststore is refused."""

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases
from tests.policies.running import graph_of

CASES = Cases("apigateway-domain-requires-mtls")


@CASES.bad("domain", says="do not need a client certificate")
def without_a_truststore():
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        endpoint_configuration={"types": "REGIONAL"},
        security_policy="TLS_1_2",
    )


@CASES.good
def with_a_truststore():
    truststore = aws.s3.BucketObjectv2("truststore", bucket="trust", key="ca.pem", content="…")
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        endpoint_configuration={"types": "REGIONAL"},
        security_policy="TLS_1_2",
        mutual_tls_authentication={
            "truststore_uri": pulumi.Output.concat("s3://trust/", truststore.key),
            "truststore_version": truststore.version_id,
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
    )


@CASES.bad("second")
def second_domain_beside_a_guarded_one():
    with_a_truststore()
    aws.apigateway.DomainName("second", domain_name="other.example.com")


@CASES.bad("domain")
def block_that_names_nothing():
    aws.apigateway.DomainName(
        "domain", domain_name="api.example.com", mutual_tls_authentication={"truststore_uri": None}
    )


@CASES.bad("domain")
def block_with_an_empty_truststore():
    aws.apigateway.DomainName(
        "domain", domain_name="api.example.com", mutual_tls_authentication={"truststore_uri": ""}
    )


@CASES.ignored
def something_else():
    aws.s3.Bucket("assets", bucket="assets")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def test_a_block_that_only_an_update_knows_is_refused_in_a_preview(pack):
    def block_from_an_apply():
        truststore = aws.s3.BucketObjectv2("truststore", bucket="trust", key="ca.pem", content="…")
        aws.apigateway.DomainName(
            "domain",
            domain_name="api.example.com",
            mutual_tls_authentication=truststore.version_id.apply(
                lambda version: {"truststore_uri": "s3://trust/ca", "truststore_version": version}
            ),
        )

    verdict = pack.judge(graph_of(block_from_an_apply, preview=True), preview=True)
    (violation,) = [v for v in verdict.violations if v.rule == CASES.rule]
    assert "mutualTlsAuthentication is not known before the update" in violation.message
