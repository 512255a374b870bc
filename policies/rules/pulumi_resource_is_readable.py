"""Refuses resources that declare APIs or web ACLs in a form the rules cannot read."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource, Stack
from policies.rule import EVERY_TYPE, Settings, StackRule

# They contain a template of further resources, which the rules cannot see.
OPAQUE = frozenset(
    {
        "aws:cloudformation/stack:Stack",
        "aws:cloudformation/stackInstances:StackInstances",
        "aws:cloudformation/stackSet:StackSet",
        "aws:cloudformation/stackSetInstance:StackSetInstance",
        "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
        "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
        "aws:cloudcontrol/resource:Resource",
        "aws-native:cloudformation:Stack",
        "aws-native:index:ExtensionResource",
    }
)
OTHER_PROVIDERS = ("aws-native:apigateway:", "aws-native:apigatewayv2:", "aws-native:wafv2:")
# Components that are written in another language: without an engine, their resources are missing.
COMPONENT_PACKAGES = ("aws-apigateway:", "awsx:", "aws-static-website:", "eks:")
BRIDGED = "aws:index"  # a Terraform provider with the name of the aws provider
DYNAMIC = ":dynamic"  # as in pulumi-python:dynamic:Resource
JUDGED_PACKAGES = frozenset({"aws", "pulumi"})
# Their resources do not change an API of AWS. The configuration of the pack can trust others.
HARMLESS_PACKAGES = frozenset(
    {
        "archive",
        "cloudflare",
        "datadog",
        "docker",
        "docker-build",
        "github",
        "random",
        "std",
        "time",
        "tls",
    }
)
# The resources of the gates that this version of the pack knows. A later one may open a gate.
KNOWN = {
    "apigateway": frozenset(
        [
            "account",
            "apiKey",
            "authorizer",
            "basePathMapping",
            "clientCertificate",
            "deployment",
            "documentationPart",
            "documentationVersion",
            "domainName",
            "domainNameAccessAssociation",
            "integration",
            "integrationResponse",
            "method",
            "methodResponse",
            "methodSettings",
            "model",
            "requestValidator",
            "resource",
            "response",
            "restApi",
            "restApiPolicy",
            "restApiPut",
            "stage",
            "usagePlan",
            "usagePlanKey",
            "vpcLink",
        ]
    ),
    "apigatewayv2": frozenset(
        [
            "api",
            "apiMapping",
            "authorizer",
            "deployment",
            "domainName",
            "integration",
            "integrationResponse",
            "model",
            "route",
            "routeResponse",
            "routingRule",
            "stage",
            "vpcLink",
        ]
    ),
    "wafv2": frozenset(
        [
            "apiKey",
            "ipSet",
            "regexPatternSet",
            "ruleGroup",
            "webAcl",
            "webAclAssociation",
            "webAclLoggingConfiguration",
            "webAclRule",
            "webAclRuleGroupAssociation",
        ]
    ),
}
CLASSIC_WAF = ("aws:waf/", "aws:wafregional/")


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if resource.type in OPAQUE or resource.type.startswith((BRIDGED, *OTHER_PROVIDERS)):
        yield f"the rules cannot read a {resource.type}."
    elif _is_new(resource.type):
        yield f"{resource.type} is newer than the rules, and may open an API."
    elif resource.type.startswith(CLASSIC_WAF):
        yield f"{resource.type} belongs to AWS WAF Classic, which has reached its end of life."
    elif resource.type.startswith(COMPONENT_PACKAGES) and not stack.has_children(resource):
        yield f"the resources of the component {resource.type} are visible to the engine only."
    elif not _is_trusted(resource, stack):
        yield f"the rules cannot read a {resource.type}, which may change a guarded API."


def _is_new(type_: str) -> bool:
    """Whether a resource of the gates is not known to this version of the pack."""
    package, _, rest = type_.partition(":")
    service, _, name = rest.partition(":")[0].partition("/")
    return package == "aws" and service in KNOWN and name not in KNOWN[service]


def _is_trusted(resource: JudgedResource, stack: Stack) -> bool:
    """Whether the rules read the package, it is trusted, or the resource is a component."""
    package = resource.type.partition(":")[0]
    if package in JUDGED_PACKAGES | HARMLESS_PACKAGES:
        return True
    if stack.trusts_name("packages", package, resource):
        return True
    is_custom = resource.has_provider or DYNAMIC in resource.type
    return not is_custom and stack.has_children(resource)


RULE = StackRule(
    name="pulumi-resource-is-readable",
    title="APIs and web ACLs are declared in a form that the rules can read.",
    severity=Severity.HIGH,
    why=(
        "The rules read resources of the aws provider. An API that is declared by a "
        "CloudFormation template, a product of Service Catalog, a Cloud Control document or the "
        "aws-native provider is not judged, nor is a type that the pack does not know. Beside a "
        "guarded API, neither is a resource of any other package that can call AWS, such as a "
        "dynamic provider. The configuration of the pack can trust a package."
    ),
    fix="declare it with the aws provider (pulumi_aws)",
    page="AWS Classic provider (Pulumi Registry)",
    url="https://www.pulumi.com/registry/packages/aws/",
    types=EVERY_TYPE,
    check=_check,
)
