"""An API that is declared in another language than this pack reads is an API that nobody judges."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource
from policies.rule import EVERY_TYPE, ResourceRule, Settings

# They carry a template or a document of resources that only another engine unfolds.
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
        yield f"{resource.type} is of AWS WAF Classic, which is no gate any more."


RULE = ResourceRule(
    name="pulumi-resource-is-readable",
    title="APIs and web ACLs are declared in a form that the rules can read.",
    severity=Severity.HIGH,
    why=(
        "The rules know the aws provider's resources. A CloudFormation template, a Cloud Control "
        "document or the aws-native provider would declare the same API past all of them."
    ),
    fix="declare it with the aws provider (pulumi_aws)",
    page="AWS Classic provider (Pulumi Registry)",
    url="https://www.pulumi.com/registry/packages/aws/",
    types=EVERY_TYPE,
    check=_check,
)
