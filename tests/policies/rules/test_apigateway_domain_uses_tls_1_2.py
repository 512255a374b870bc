"""Anything but TLS_1_2 is refused."""

import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases
from tests.policies.running import graph_of

CASES = Cases("apigateway-domain-uses-tls-1-2")


@CASES.bad("domain", says="securityPolicy is not TLS_1_2")
def with_an_old_protocol():
    aws.apigateway.DomainName("domain", domain_name="api.example.com", security_policy="TLS_1_0")


@CASES.good
def with_tls_1_2():
    aws.apigateway.DomainName("domain", domain_name="api.example.com", security_policy="TLS_1_2")


@CASES.bad("domain", says="securityPolicy is missing")
def without_a_choice():
    aws.apigateway.DomainName("domain", domain_name="api.example.com")


@CASES.bad("domain")
def with_an_enhanced_policy_that_mutual_tls_cannot_have():
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        security_policy="SecurityPolicy_TLS13_1_2_2021_06",
    )


@CASES.good
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


@CASES.ignored
def something_else():
    aws.s3.Bucket("assets", bucket="assets")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def test_a_policy_that_only_an_update_knows_is_refused_in_a_preview(pack):
    def computed():
        bucket = aws.s3.Bucket("assets", bucket="assets")
        aws.apigateway.DomainName(
            "domain",
            domain_name="api.example.com",
            security_policy=bucket.arn.apply(lambda _: "TLS_1_2"),
        )

    verdict = pack.judge(graph_of(computed, preview=True), preview=True)
    (violation,) = [v for v in verdict.violations if v.rule == CASES.rule]
    assert "securityPolicy is not known before the update" in violation.message
