"""A guard that ignores its own changes is refused."""

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("pulumi-resource-applies-changes")


@CASES.bad("domain", says="ignoreChanges contains mutualTlsAuthentication")
def ignored_truststore():
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={"truststore_uri": "s3://trust/ca.pem"},
        opts=pulumi.ResourceOptions(ignore_changes=["mutualTlsAuthentication"]),
    )


@CASES.good
def ignored_tags():
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={"truststore_uri": "s3://trust/ca.pem"},
        opts=pulumi.ResourceOptions(ignore_changes=["tags"]),
    )


@CASES.bad("api")
def ignored_body():
    aws.apigateway.RestApi("api", opts=pulumi.ResourceOptions(ignore_changes=["body"]))


@CASES.ignored
def something_that_no_rule_judges():
    aws.sns.Topic("topic", opts=pulumi.ResourceOptions(ignore_changes=["name"]))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
