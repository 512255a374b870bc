"""A clean program with one dangerous line is refused, with one innocent line it passes."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import acls, apis, by_hand
from tests.policies.by_hand import Clean

Line = Callable[[Clean], Any]
DANGEROUS: list[tuple[str, Line]] = []
INNOCENT: list[Line] = []
ACL_ARN = "arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/central/1"
STAGE_ARN = "arn:aws:apigateway:eu-central-1::/restapis/api-id/stages/stage"


def dangerous(rule: str) -> Callable[[Line], Line]:
    """The line must be refused by this rule."""

    def add(line: Line) -> Line:
        DANGEROUS.append((rule, line))
        return line

    return add


def innocent(line: Line) -> Line:
    INNOCENT.append(line)
    return line


@dangerous("apigateway-stage-requires-web-acl")
def second_association_with_a_foreign_web_acl(clean):
    aws.wafv2.WebAclAssociation("second", resource_arn=clean.stage.arn, web_acl_arn=ACL_ARN)


@dangerous("apigateway-stage-requires-web-acl")
def second_association_with_a_web_acl_of_this_stack(clean):
    other = aws.wafv2.WebAcl(
        "other",
        scope="REGIONAL",
        default_action={"block": {}},
        visibility_config=acls.VISIBILITY,
    )
    aws.wafv2.WebAclAssociation("second", resource_arn=clean.stage.arn, web_acl_arn=other.arn)


@dangerous("apigateway-stage-requires-web-acl")
def second_association_by_the_text_of_the_arn(_clean):
    aws.wafv2.WebAclAssociation("second", resource_arn=STAGE_ARN, web_acl_arn=ACL_ARN)


@dangerous("apigateway-stage-requires-web-acl")
def second_association_by_an_arn_from_the_api(clean):
    arn = pulumi.Output.concat(clean.api.arn, "/stages/stage")
    aws.wafv2.WebAclAssociation("second", resource_arn=arn, web_acl_arn=ACL_ARN)


@innocent
def association_of_a_load_balancer_with_a_foreign_web_acl(_clean):
    balancer = aws.lb.LoadBalancer("balancer")
    aws.wafv2.WebAclAssociation("second", resource_arn=balancer.arn, web_acl_arn=ACL_ARN)


def mapped(clean, **changes):
    return aws.apigateway.BasePathMapping(
        "m2",
        **{
            "domain_name": clean.domain.domain_name,
            "rest_api": clean.api.id,
            "stage_name": clean.stage.stage_name,
            "base_path": "v2",
        }
        | changes,
        opts=pulumi.ResourceOptions(depends_on=clean.guards),
    )


@innocent
def a_second_mapping(clean):
    mapped(clean)


@innocent
def a_second_mapping_by_references_through_other_resources(clean):
    mapped(clean, rest_api=clean.stage.rest_api)


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def a_domain_of_another_stack(clean):
    mapped(clean, domain_name="legacy.example.com")


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def an_api_mapping_of_a_domain_of_another_stack(clean):
    aws.apigatewayv2.ApiMapping(
        "m2",
        domain_name="legacy.example.com",
        api_id=clean.api.id,
        stage=clean.stage.stage_name,
    )


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def a_routing_rule_of_a_domain_of_another_stack(clean):
    aws.apigatewayv2.RoutingRule(
        "m2",
        domain_name="legacy.example.com",
        priority=1,
        conditions=[{"match_base_paths": {"any_ofs": ["pets"]}}],
        actions=[{"invoke_api": {"api_id": clean.api.id, "stage": clean.stage.stage_name}}],
    )


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def the_private_domain_of_another_stack(clean):
    mapped(clean, domain_name_id="abc123")


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def another_api_with_the_name_of_the_guarded_stage(clean):
    mapped(clean, rest_api="abcdef1234")


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def another_api_of_this_stack_with_the_name_of_the_guarded_stage(clean):
    other = aws.apigateway.RestApi(
        "other",
        disable_execute_api_endpoint=True,
        endpoint_configuration={"types": "REGIONAL"},
    )
    mapped(clean, rest_api=other.id)


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def an_api_mapping_of_another_api(clean):
    aws.apigatewayv2.ApiMapping(
        "m2",
        domain_name=clean.domain.domain_name,
        api_id="abcdef1234",
        stage=clean.stage.stage_name,
    )


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def a_routing_rule_to_another_api(clean):
    aws.apigatewayv2.RoutingRule(
        "m2",
        domain_name=clean.domain.domain_name,
        priority=1,
        conditions=[{"match_base_paths": {"any_ofs": ["pets"]}}],
        actions=[{"invoke_api": {"api_id": "abcdef1234", "stage": clean.stage.stage_name}}],
    )


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def an_api_without_routes_in_this_stack(clean):
    other = aws.apigateway.RestApi(
        "other",
        disable_execute_api_endpoint=True,
        endpoint_configuration={"types": "REGIONAL"},
    )
    stage = apis.stage_of(other, "empty")
    aws.wafv2.WebAclAssociation("second", resource_arn=stage.arn, web_acl_arn=ACL_ARN)
    mapped(clean, rest_api=other.id, stage_name=stage.stage_name)


@dangerous("apigateway-stage-requires-web-acl")
def a_web_acl_for_cloudfront(clean):
    stage = apis.stage_of(clean.api, "second")
    edge = aws.wafv2.WebAcl(
        "edge",
        scope="CLOUDFRONT",
        default_action={"block": {}},
        visibility_config=acls.VISIBILITY,
    )
    aws.wafv2.WebAclAssociation("second", resource_arn=stage.arn, web_acl_arn=edge.arn)


def _ids(entries: list[Any]) -> list[str]:
    return [(entry[1] if isinstance(entry, tuple) else entry).__name__ for entry in entries]


@pytest.mark.parametrize(("rule", "line"), DANGEROUS, ids=_ids(DANGEROUS))
def test_a_dangerous_line_is_refused(judged, rule, line):
    assert rule in {v.rule for v in judged(lambda: line(by_hand.from_a_body()))}


@pytest.mark.parametrize("line", INNOCENT, ids=_ids(INNOCENT))
def test_an_innocent_line_passes(judged, line):
    assert judged(lambda: line(by_hand.from_a_body())) == ()
