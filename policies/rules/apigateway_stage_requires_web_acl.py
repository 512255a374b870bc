"""Refuses a stage without a web ACL."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.stages import associations, means
from policies.rule import Settings, StackRule


def _check(stage: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if stage.type == types.HTTP_STAGE:
        yield "a web ACL cannot be associated with an HTTP or WebSocket API: declare a REST API."
        return
    found = associations(stage, stack)
    if not found:
        yield "no WebAclAssociation has this stage's arn as its resourceArn."
    elif not any(_has_web_acl(one, stack) for one in found):
        yield "webAclArn of its WebAclAssociation does not refer to a web ACL of this stack."


def _has_web_acl(association: JudgedResource, stack: Stack) -> bool:
    found = stack.used_by(association, "webAclArn", types.WEB_ACL)
    return any(means(association["webAclArn"], acl) for acl in found)


RULE = StackRule(
    name="apigateway-stage-requires-web-acl",
    title="Every stage is associated with a web ACL.",
    severity=Severity.CRITICAL,
    why=(
        "The web ACL contains the allow-list, the rate limit and the managed rules. An "
        "association protects one stage: a second stage, or a renamed one, is unprotected until "
        "it has its own."
    ),
    fix="aws.wafv2.WebAclAssociation(…, resource_arn=stage.arn, web_acl_arn=acl.arn)",
    page="Using AWS WAF to protect your APIs",
    url=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "apigateway-control-access-aws-waf.html"
    ),
    frameworks=("Security Hub APIGateway.4", "Checkov CKV2_AWS_29"),
    types=frozenset({types.REST_STAGE, types.HTTP_STAGE}),
    check=_check,
)
