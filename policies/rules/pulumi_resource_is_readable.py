"""Refuses resources that declare APIs or web ACLs in a form the rules cannot read."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource
from policies.rule import EVERY_TYPE, ResourceRule, Settings

# They contain a template of further resources, which the rules cannot see.
OPAQUE = frozenset(
    {
        "aws:cloudformation/stack:Stack",
        "aws:cloudformation/stackSet:StackSet",
        "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
        "aws:cloudcontrol/resource:Resource",
        "aws-native:cloudformation:Stack",
        "aws-native:index:ExtensionResource",
    }
)
OTHER_PROVIDERS = ("aws-native:apigateway:", "aws-native:apigatewayv2:", "aws-native:wafv2:")
CLASSIC_WAF = ("aws:waf/", "aws:wafregional/")


def _check(resource: JudgedResource, _settings: Settings) -> Iterator[str]:
    if resource.type in OPAQUE or resource.type.startswith(OTHER_PROVIDERS):
        yield f"the rules cannot read a {resource.type}."
    elif resource.type.startswith(CLASSIC_WAF):
        yield f"{resource.type} belongs to AWS WAF Classic, which has reached its end of life."


RULE = ResourceRule(
    name="pulumi-resource-is-readable",
    title="APIs and web ACLs are declared in a form that the rules can read.",
    severity=Severity.HIGH,
    why=(
        "The rules read resources of the aws provider. An API that is declared by a "
        "CloudFormation template, a Cloud Control document or the aws-native provider is not "
        "judged."
    ),
    fix="declare it with the aws provider (pulumi_aws)",
    page="AWS Classic provider (Pulumi Registry)",
    url="https://www.pulumi.com/registry/packages/aws/",
    types=EVERY_TYPE,
    check=_check,
)
