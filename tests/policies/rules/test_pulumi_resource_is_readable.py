"""An API that the rules cannot read is refused."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("pulumi-resource-is-readable")


@CASES.bad("stack", says="cannot read a aws:cloudformation/stack:Stack")
def in_a_template():
    aws.cloudformation.Stack(
        "stack",
        template_body=json.dumps(
            {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {}}}}
        ),
    )


@CASES.good
def in_the_program():
    aws.apigateway.RestApi("api", disable_execute_api_endpoint=True)


@CASES.bad("api")
def by_another_provider():
    pulumi.CustomResource("aws-native:apigateway:RestApi", "api", {})


@CASES.bad("document")
def by_cloud_control():
    aws.cloudcontrol.Resource("document", type_name="AWS::ApiGateway::RestApi", desired_state="{}")


@CASES.bad("old")
def by_waf_classic():
    aws.wafregional.WebAcl("old", metric_name="old", default_action={"type": "ALLOW"})


@CASES.ignored
def a_bucket():
    aws.s3.Bucket("bucket", bucket="bucket")


@CASES.passes(widened=False)
def another_providers_bucket():
    pulumi.CustomResource("aws-native:s3:Bucket", "bucket", {})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
