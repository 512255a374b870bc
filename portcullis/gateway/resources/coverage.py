"""The resource types that the gateway emulates. Other types that could matter stop the start."""

from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import Graph

# Every type of these services is read by a gate, has no effect on a call, or is refused.
EMULATED = frozenset(
    {
        "aws:apigateway/account:Account",
        "aws:apigateway/apiKey:ApiKey",
        "aws:apigateway/basePathMapping:BasePathMapping",
        "aws:apigateway/deployment:Deployment",
        "aws:apigateway/documentationPart:DocumentationPart",
        "aws:apigateway/documentationVersion:DocumentationVersion",
        "aws:apigateway/domainName:DomainName",
        "aws:apigateway/methodSettings:MethodSettings",
        "aws:apigateway/response:Response",
        "aws:apigateway/restApi:RestApi",
        "aws:apigateway/stage:Stage",
        "aws:apigateway/usagePlan:UsagePlan",
        "aws:apigateway/usagePlanKey:UsagePlanKey",
        "aws:wafv2/ipSet:IpSet",
        "aws:wafv2/regexPatternSet:RegexPatternSet",
        "aws:wafv2/ruleGroup:RuleGroup",
        "aws:wafv2/webAcl:WebAcl",
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    }
)
REFUSED_SERVICES = ("apigateway", "apigatewayv2", "wafv2", "waf", "wafregional")
INSTEAD = {
    "apigateway": "Describe the API in the OpenAPI body of the RestApi; other forms are not read.",
    "apigatewayv2": "HTTP and WebSocket APIs have no mutual TLS with a web ACL; use a REST API.",
}


def refuse_other_types(graph: Graph) -> None:
    """Raises UnsupportedError for a resource that could change an answer and is not emulated."""
    for resource in graph:
        package, _, rest = resource.type.partition(":")
        service = rest.partition("/")[0]
        if package == "aws" and service in REFUSED_SERVICES and resource.type not in EMULATED:
            raise UnsupportedError(
                f"{resource.type} {resource.name!r}",
                "this resource is not emulated",
                INSTEAD.get(service, ""),
            )
