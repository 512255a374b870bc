"""Refuses a stage without a web ACL, or with more than one."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import UndecidedError
from policies.reading.resource import JudgedResource, Stack
from policies.reading.stages import associations, means
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

GATEWAY = "aws:apigateway"
REGIONAL = "REGIONAL"
FIREWALL_MANAGER = "aws:fms/policy:Policy"
OF_WAF = frozenset({"WAF", "WAFV2"})
STAGE = "AWS::ApiGateway::Stage"


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if resource.type == types.WEB_ACL_ASSOCIATION:
        yield from _check_association(resource, stack)
    elif resource.type == FIREWALL_MANAGER:
        if _is_for_stages(resource):
            yield "Firewall Manager associates other web ACLs with stages than this stack does."
    elif resource.type == types.HTTP_API:
        yield from _check_quick_create(resource)
    else:
        yield from _check_stage(resource, stack)


def _is_for_stages(policy: JudgedResource) -> bool:
    """Whether a policy of Firewall Manager is for AWS WAF and for stages."""
    of_waf = policy["securityServicePolicyData"]["type"].text() in OF_WAF
    kinds = [*policy["resourceType"].one_or_many(), *policy["resourceTypeLists"].one_or_many()]
    return of_waf and (not kinds or any(not k.is_text or k.text() == STAGE for k in kinds))


def _check_quick_create(api: JudgedResource) -> Iterator[str]:
    """Quick create makes a stage that the program does not declare."""
    if api["target"].present or api["routeKey"].present:
        yield (
            "quick create makes a $default stage, and a web ACL cannot be associated with an HTTP "
            "API: declare a REST API."
        )


def _check_stage(stage: JudgedResource, stack: Stack) -> Iterator[str]:
    if stage.type == types.HTTP_STAGE:
        yield "a web ACL cannot be associated with an HTTP or WebSocket API: declare a REST API."
        return
    found = associations(stage, stack)
    if not found:
        yield "no WebAclAssociation of its account has this stage's arn as its resourceArn."
        return
    if len(found) > 1:
        yield "it has several WebAclAssociations: a stage has one web ACL, and the last one wins."
    for association in found:
        web_acls = _web_acls(association, stack)
        if not web_acls and stack.trusts("webAcls", association["webAclArn"], association):
            continue
        if not web_acls:
            yield "webAclArn of its WebAclAssociation does not refer to a web ACL of this stack."
        elif any(acl["scope"].text(REGIONAL).upper() != REGIONAL for acl in web_acls):
            yield f"the scope of its web ACL is not {REGIONAL}: AWS WAF refuses the association."


def _web_acls(association: JudgedResource, stack: Stack) -> list[JudgedResource]:
    found = stack.used_by(association, "webAclArn", types.WEB_ACL)
    return [acl for acl in found if means(association["webAclArn"], acl)]


def _check_association(association: JudgedResource, stack: Stack) -> Iterator[str]:
    """An association of a stage must refer to the stage: otherwise it may replace another one."""
    arn = association["resourceArn"]
    used = stack.used_by(association, "resourceArn")
    if any(one.type == types.REST_STAGE and means(arn, one) for one in used):
        return
    if arn.known:
        of_gateway = ":apigateway:" in arn.text()
    elif not used:
        raise UndecidedError("resourceArn does not refer to a resource of this stack")
    else:
        of_gateway = any(one.type.startswith(GATEWAY) for one in used)
    if of_gateway:
        yield "resourceArn is of API Gateway and does not refer to a REST API stage of this stack."


RULE = StackRule(
    name="apigateway-stage-requires-web-acl",
    title="Every stage is associated with one web ACL of the stack.",
    severity=Severity.CRITICAL,
    why=(
        "The web ACL contains the allow-list, the rate limit and the managed rules. An "
        "association protects one stage: a second stage, or a renamed one, is unprotected until "
        "it has its own. A second association of the same stage replaces the first."
    ),
    fix="aws.wafv2.WebAclAssociation(…, resource_arn=stage.arn, web_acl_arn=acl.arn)",
    page="Using AWS WAF to protect your APIs",
    url=API_GATEWAY_GUIDE + "apigateway-control-access-aws-waf.html",
    frameworks=(
        "Security Hub APIGateway.4",
        "Checkov CKV2_AWS_29",
        "cdk-nag AwsSolutions-APIG3",
        "Prowler apigateway_restapi_waf_acl_attached",
        "AWS Config api-gw-associated-with-waf",
    ),
    types=frozenset(
        {
            types.REST_STAGE,
            types.HTTP_STAGE,
            types.HTTP_API,
            types.WEB_ACL_ASSOCIATION,
            FIREWALL_MANAGER,
        }
    ),
    check=_check,
)
