"""A stage without a web ACL is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls, apis
from tests.policies.cases import Cases
from tests.policies.running import graph_of

CASES = Cases("apigateway-stage-requires-web-acl")


@CASES.bad("stage", says="no WebAclAssociation")
def without_an_association():
    api = aws.apigateway.RestApi("api")
    deployment = aws.apigateway.Deployment("deployment", rest_api=api.id)
    aws.apigateway.Stage("stage", rest_api=api.id, deployment=deployment.id, stage_name="live")


@CASES.good
def with_an_association():
    api = aws.apigateway.RestApi("api")
    deployment = aws.apigateway.Deployment("deployment", rest_api=api.id)
    stage = aws.apigateway.Stage(
        "stage", rest_api=api.id, deployment=deployment.id, stage_name="live"
    )
    acl = aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"block": {}},
        visibility_config={
            "cloudwatch_metrics_enabled": True,
            "metric_name": "acl",
            "sampled_requests_enabled": False,
        },
    )
    aws.wafv2.WebAclAssociation("guard", resource_arn=stage.arn, web_acl_arn=acl.arn)


@CASES.bad("second")
def second_stage_without_one():
    api = apis.rest_api()
    acls.guarded(apis.stage_of(api))
    apis.stage_of(api, "second")


@CASES.bad("stage", says="does not refer to a web ACL of this stack")
def with_a_web_acl_that_nobody_here_can_judge():
    stage = apis.stage_of(apis.rest_api())
    aws.wafv2.WebAclAssociation(
        "guard",
        resource_arn=stage.arn,
        web_acl_arn="arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/central/1",
    )


@CASES.bad("stage")
def http_apis_cannot_have_one():
    api = apis.http_api()
    aws.apigatewayv2.Stage("stage", api_id=api.id, auto_deploy=True)


@CASES.bad("api", says="quick create makes a $default stage")
def quick_create():
    aws.apigatewayv2.Api("api", protocol_type="HTTP", target="https://backend.example.com")


@CASES.bad("api", says="declare a REST API")
def quick_create_of_one_route():
    aws.apigatewayv2.Api("api", protocol_type="HTTP", route_key="GET /", target="https://b.example")


@CASES.good
def http_api_without_a_stage():
    apis.http_api()


@CASES.ignored
def an_association_of_a_load_balancer():
    balancer = aws.lb.LoadBalancer("balancer")
    aws.wafv2.WebAclAssociation("guard", resource_arn=balancer.arn, web_acl_arn=acls.web_acl().arn)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def test_an_arn_of_something_else_made_with_the_stages_help_shows_in_an_update(pack):
    def disguised():
        stage = apis.stage_of(apis.rest_api())
        aws.wafv2.WebAclAssociation(
            "guard",
            resource_arn=stage.arn.apply(lambda arn: f"{arn}/somebody/else"),
            web_acl_arn=acls.web_acl().arn,
        )

    verdict = pack.judge(graph_of(disguised, preview=False), preview=False)
    assert CASES.rule in {v.rule for v in verdict.violations}


def test_an_arn_of_another_web_acl_made_with_this_ones_help_shows_in_an_update(pack):
    def disguised():
        stage = apis.stage_of(apis.rest_api())
        aws.wafv2.WebAclAssociation(
            "guard",
            resource_arn=stage.arn,
            web_acl_arn=acls.web_acl().arn.apply(lambda arn: f"{arn}/somebody/else"),
        )

    verdict = pack.judge(graph_of(disguised, preview=False), preview=False)
    assert CASES.rule in {v.rule for v in verdict.violations}
