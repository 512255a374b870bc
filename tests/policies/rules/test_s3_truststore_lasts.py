"""A truststore with an issuer certificate that expires soon is reported, and not refused."""

import pulumi_aws as aws
import pytest

from portcullis.analyzer.verdict import Level
from tests.policies import issuers
from tests.policies.cases import Cases

CASES = Cases("s3-truststore-lasts")
ENDING, NEW = issuers.ending_in(40), issuers.ending_in(91)
EXPIRED = issuers.ending_in(-2)


def domain(content):
    upload = aws.s3.BucketObjectv2(
        "bundle", bucket="example-truststore", key="ca.pem", content=content
    )
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://example-truststore/ca.pem",
            "truststore_version": upload.version_id,
        },
    )


@CASES.bad("domain", says="certificate 1 of the truststore bundle ends in 40 days")
def an_issuer_that_ends_in_40_days():
    upload = aws.s3.BucketObjectv2(
        "bundle", bucket="example-truststore", key="ca.pem", content=ENDING
    )
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://example-truststore/ca.pem",
            "truststore_version": upload.version_id,
        },
    )


@CASES.good
def an_issuer_that_lasts():
    upload = aws.s3.BucketObjectv2("bundle", bucket="example-truststore", key="ca.pem", content=NEW)
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://example-truststore/ca.pem",
            "truststore_version": upload.version_id,
        },
    )


@CASES.passes(config={"s3-truststore-lasts": {"minimumDays": 30}})
def a_shorter_notice():
    domain(ENDING)


@CASES.bad("domain", config={"s3-truststore-lasts": {"minimumDays": 365}})
def a_longer_notice():
    domain(NEW)


@CASES.good
def an_expired_issuer_is_another_rule():
    domain(EXPIRED)


@CASES.ignored
def a_bundle_without_a_domain():
    aws.s3.BucketObjectv2("bundle", bucket="example-truststore", key="ca.pem", content=ENDING)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def test_it_warns_until_a_configuration_makes_it_mandatory(judged):
    levels = [
        {v.level for v in judged(lambda: domain(ENDING), config=config) if v.rule == CASES.rule}
        for config in ({}, {CASES.rule: "mandatory"})
    ]
    assert levels == [{Level.ADVISORY}, {Level.MANDATORY}]
