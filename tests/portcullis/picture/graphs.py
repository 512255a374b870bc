"""Small graphs to draw: a stack with every gate, and changes of it."""

import json
import zipfile

from portcullis.graph.resource import ARCHIVE, SIGNATURE, Graph, Resource

MAPPING = {"integration.request.header.Authorization": "context.authorizer.authorization"}
SCHEMES = {"cert": {"type": "apiKey", "x-amazon-apigateway-authorizer": {"type": "request"}}}
ACL_URN = "urn:pulumi:dev::shop::aws:wafv2/webAcl:WebAcl::acl"
IP_URN = "urn:pulumi:dev::shop::aws:wafv2/ipSet:IpSet::allowed"


def resource(kind, name, depends=None, /, **properties):
    return Resource(
        urn=f"urn:pulumi:dev::shop::{kind}::{name}",
        type=kind,
        name=name,
        inputs=properties,
        property_dependencies={key: (urn,) for key, urn in (depends or {}).items()},
    )


def operation(uri="https://orders.example.com/orders", *, kind="http_proxy", **changes):
    integration = {"type": kind, "uri": uri, "requestParameters": MAPPING}
    return {"security": [{"cert": []}], "x-amazon-apigateway-integration": integration | changes}


def api(paths, **changes):
    document = {"components": {"securitySchemes": SCHEMES}, "paths": paths}
    inputs = {"body": json.dumps(document), "disableExecuteApiEndpoint": True}
    return resource("aws:apigateway/restApi:RestApi", "api", **inputs | changes)


def domain(**changes):
    block = {"truststoreUri": "s3://trust/ca.pem"}
    inputs = {"domainName": "api.example.com", "securityPolicy": "TLS_1_2"}
    return resource(
        "aws:apigateway/domainName:DomainName",
        "domain",
        **inputs | {"mutualTlsAuthentication": block} | changes,
    )


def web_acl():
    rate = {"rateBasedStatement": {"limit": 300, "evaluationWindowSec": 60}}
    managed = {"managedRuleGroupStatement": {"name": "AWSManagedRulesSQLiRuleSet"}}
    rules = [{"statement": rate}, {"statement": managed}]
    return (
        resource("aws:wafv2/webAcl:WebAcl", "acl", {"rules": IP_URN}, rules=rules),
        resource("aws:wafv2/ipSet:IpSet", "allowed", addresses=["192.0.2.0/24", "198.51.100.0/24"]),
    )


def association():
    return resource(
        "aws:wafv2/webAclAssociation:WebAclAssociation", "association", {"webAclArn": ACL_URN}
    )


def function(path):
    variables = {"PORTCULLIS_AUDIENCE": "orders", "PORTCULLIS_TOKEN_LIFE_SECONDS": "300"}
    return resource(
        "aws:lambda/function:Function",
        "authorizer",
        code={SIGNATURE: ARCHIVE, "path": str(path)},
        environment={"variables": variables},
    )


def zip_with(path, **scopes):
    """A zip of the authorizer; scopes by "METHOD /path"."""
    listed = [
        {"method": route.split()[0], "path": route.split()[1], "scope": scope}
        for route, scope in scopes.items()
    ]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("authorizer/routes.json", json.dumps(listed))
    return path


def graph(*resources):
    return Graph(project="shop", stack="dev", resources=resources)
