"""A guard that ignores its own changes is refused."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import by_hand, truststores
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


def ignoring(*names):
    return pulumi.ResourceOptions(ignore_changes=list(names))


@CASES.bad("second")
def ignored_content_of_a_truststore():
    truststores.domain()
    aws.s3.BucketObjectv2(
        "second", bucket=truststores.NAME, key="ca.pem", content="…", opts=ignoring("content")
    )


@CASES.bad("rule")
def ignored_settings_of_a_truststore_s_bucket():
    domain = truststores.domain()
    aws.s3.BucketLifecycleConfiguration(
        "rule", bucket=domain.id.apply(lambda _: truststores.NAME), opts=ignoring("rules")
    )


@CASES.bad("role")
def ignored_policies_of_a_role():
    aws.iam.Role("role", assume_role_policy="{}", opts=ignoring("inlinePolicies"))


@CASES.passes(widened=False)
def ignored_policies_of_a_role_beside_a_guarded_api():
    by_hand.from_a_body()
    aws.iam.Role(
        "site", assume_role_policy=json.dumps(by_hand.TRUST), opts=ignoring("inlinePolicies")
    )


@CASES.bad("authorizer-role", widened=False)
def ignored_policies_of_an_authorizer_s_role():
    by_hand.from_a_body()
    aws.iam.RolePolicy(
        "authorizer-role",
        role="example-authorizer",
        policy=json.dumps(by_hand.PERMISSIONS),
        opts=ignoring("policy"),
    )


@CASES.good
def ignored_parts_of_tags():
    domain = {"domain_name": "api.example.com", "certificate_arn": "…"}
    aws.apigateway.DomainName("domain", **domain, opts=ignoring("tags.owner", 'tagsAll["cost"]'))


@CASES.bad("domain")
def a_property_whose_name_begins_like_tags():
    domain = {"domain_name": "api.example.com", "certificate_arn": "…"}
    aws.apigateway.DomainName("domain", **domain, opts=ignoring("tagsAndMore"))


@CASES.ignored
def something_that_no_rule_judges():
    aws.sns.Topic("topic", opts=pulumi.ResourceOptions(ignore_changes=["name"]))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
