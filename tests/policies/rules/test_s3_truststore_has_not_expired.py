"""A truststore with an expired issuer certificate is refused."""

import base64

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import issuers
from tests.policies.cases import Cases

CASES = Cases("s3-truststore-has-not-expired")
EXPIRED, NEW = issuers.ending_in(-2), issuers.ending_in(1000)


def domain(upload, uri="s3://example-truststore/ca.pem"):
    return aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": uri,
            "truststore_version": upload if isinstance(upload, str) else upload.version_id,
        },
    )


def holding(**content):
    return aws.s3.BucketObjectv2("bundle", bucket="example-truststore", key="ca.pem", **content)


@CASES.bad("domain", says="certificate 2 of the truststore bundle ended 1 days ago")
def an_expired_issuer():
    upload = aws.s3.BucketObjectv2(
        "bundle", bucket="example-truststore", key="ca.pem", content=NEW + EXPIRED
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
def issuers_that_last():
    upload = aws.s3.BucketObjectv2("bundle", bucket="example-truststore", key="ca.pem", content=NEW)
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://example-truststore/ca.pem",
            "truststore_version": upload.version_id,
        },
    )


@CASES.bad("domain")
def in_base64():
    domain(holding(content_base64=base64.b64encode(EXPIRED.encode()).decode()))


@CASES.bad("domain", says="must be base64")
def in_base64_that_is_damaged():
    domain(holding(content_base64="…"))


@CASES.bad("domain")
def as_an_asset():
    domain(holding(source=pulumi.StringAsset(EXPIRED)))


@CASES.bad("domain")
def named_without_a_reference():
    holding(content=EXPIRED)
    domain("v1")


@CASES.bad("domain", says="cannot be read")
def a_certificate_that_is_cut_short():
    lines = NEW.splitlines()
    domain(holding(content="\n".join([*lines[:3], lines[-1]])))


@CASES.good
def an_object_with_another_name():
    holding(content=EXPIRED)
    domain("v1", uri="s3://example-truststore/others.pem")


@CASES.ignored
def without_mutual_tls():
    holding(content=EXPIRED)
    aws.apigateway.DomainName("domain", domain_name="api.example.com")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def test_a_file_of_the_program_is_read(judged, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text(EXPIRED)

    def program():
        domain(holding(source=pulumi.FileAsset(str(file))))

    assert CASES.rule in {violation.rule for violation in judged(program)}
