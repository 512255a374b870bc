"""A mapping that may come before the web ACL is refused."""

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import acls, apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-mapping-waits-for-web-acl")


@CASES.bad("mapping", says="does not depend on the web ACL association of stage")
def at_any_time():
    api = apis.rest_api()
    stage = apis.stage_of(api)
    aws.wafv2.WebAclAssociation("guard", resource_arn=stage.arn, web_acl_arn=acls.web_acl().arn)
    aws.apigateway.BasePathMapping(
        "mapping", domain_name="api.example.com", rest_api=api.id, stage_name=stage.stage_name
    )


@CASES.good
def after_the_web_acl():
    api = apis.rest_api()
    stage = apis.stage_of(api)
    guard = aws.wafv2.WebAclAssociation(
        "guard", resource_arn=stage.arn, web_acl_arn=acls.web_acl().arn
    )
    aws.apigateway.BasePathMapping(
        "mapping",
        domain_name="api.example.com",
        rest_api=api.id,
        stage_name=stage.stage_name,
        opts=pulumi.ResourceOptions(depends_on=[guard]),
    )


@CASES.ignored
def a_stage_without_a_web_acl_is_another_rules_matter():
    api = apis.rest_api()
    stage = apis.stage_of(api)
    aws.apigateway.BasePathMapping(
        "mapping", domain_name="api.example.com", rest_api=api.id, stage_name=stage.stage_name
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
