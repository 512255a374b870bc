"""A mapping that passes the web ACL by is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies import acls, apis
from tests.policies.cases import Cases


def domain(**changes):
    mutual_tls = {"truststore_uri": "s3://example/ca.pem"}
    return aws.apigateway.DomainName(
        "domain",
        **{"domain_name": "api.example.com", "mutual_tls_authentication": mutual_tls} | changes,
    )


CASES = Cases("apigateway-mapping-leads-to-guarded-stage")


@CASES.bad("mapping", says="stageName is missing")
def without_a_stage():
    domain = aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={"truststore_uri": "s3://example/ca.pem"},
    )
    api = aws.apigateway.RestApi("api", body=json.dumps(apis.BODY))
    aws.apigateway.BasePathMapping("mapping", domain_name=domain.domain_name, rest_api=api.id)


@CASES.good
def to_the_guarded_stage():
    domain = aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={"truststore_uri": "s3://example/ca.pem"},
    )
    api = aws.apigateway.RestApi("api", body=json.dumps(apis.BODY))
    deployment = aws.apigateway.Deployment("deployment", rest_api=api.id)
    stage = aws.apigateway.Stage(
        "stage", rest_api=api.id, deployment=deployment.id, stage_name="live"
    )
    aws.wafv2.WebAclAssociation("guard", resource_arn=stage.arn, web_acl_arn=acls.web_acl().arn)
    aws.apigateway.BasePathMapping(
        "mapping",
        domain_name=domain.domain_name,
        rest_api=api.id,
        stage_name=stage.stage_name,
    )


@CASES.bad("mapping", says="refers to a stage without a web ACL")
def to_an_open_stage():
    api = apis.rest_api()
    acls.guarded(apis.stage_of(api))
    other = apis.stage_of(api, "other")
    aws.apigateway.BasePathMapping(
        "mapping", domain_name=domain().domain_name, rest_api=api.id, stage_name=other.stage_name
    )


@CASES.bad("mapping", says="does not refer to a REST API stage of this stack")
def to_a_stage_that_nobody_here_can_judge():
    aws.apigateway.BasePathMapping(
        "mapping", domain_name=domain().domain_name, rest_api="abc123", stage_name="live"
    )


@CASES.bad("mapping")
def to_an_http_api():
    api = apis.http_api()
    stage = aws.apigatewayv2.Stage("stage", api_id=api.id)
    aws.apigatewayv2.ApiMapping(
        "mapping", domain_name=domain().domain_name, api_id=api.id, stage=stage.id
    )


@CASES.bad("rule")
def routing_rule_to_an_open_stage():
    api = apis.rest_api()
    stage = apis.stage_of(api)
    aws.apigatewayv2.RoutingRule(
        "rule",
        domain_name=domain().domain_name,
        priority=1,
        conditions=[{"match_base_paths": {"any_ofs": ["pets"]}}],
        actions=[{"invoke_api": {"api_id": api.id, "stage": stage.stage_name}}],
    )


@CASES.good
def stage_by_its_name():
    api = apis.rest_api()
    acls.guarded(apis.stage_of(api))
    aws.apigateway.BasePathMapping(
        "mapping", domain_name=domain().domain_name, rest_api=api.id, stage_name="stage"
    )


@CASES.good
def domain_by_its_name():
    domain()
    api = apis.rest_api()
    acls.guarded(apis.stage_of(api))
    aws.apigateway.BasePathMapping(
        "mapping", domain_name="api.example.com", rest_api=api.id, stage_name="stage"
    )


@CASES.bad("mapping", says="domainName refers to a custom domain without mutual TLS")
def from_a_domain_without_mutual_tls():
    api = apis.rest_api()
    acls.guarded(apis.stage_of(api))
    open_domain = domain(mutual_tls_authentication=None)
    aws.apigateway.BasePathMapping(
        "mapping", domain_name=open_domain.domain_name, rest_api=api.id, stage_name="stage"
    )


@CASES.bad("mapping", says="whose routes this stack does not declare")
def to_an_api_whose_routes_are_elsewhere():
    api = aws.apigateway.RestApi("api")
    acls.guarded(apis.stage_of(api))
    aws.apigateway.BasePathMapping(
        "mapping", domain_name=domain().domain_name, rest_api=api.id, stage_name="stage"
    )


@CASES.good
def to_an_api_from_methods():
    api = apis.method_api()
    acls.guarded(apis.stage_of(api))
    aws.apigateway.BasePathMapping(
        "mapping", domain_name=domain().domain_name, rest_api=api.id, stage_name="stage"
    )


@CASES.ignored
def something_else():
    apis.rest_api()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
