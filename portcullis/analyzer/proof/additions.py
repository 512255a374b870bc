"""Mutants that add a resource or value which bypasses the guards of the stack."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.fronts import front_mutants
from portcullis.analyzer.proof.mutant import (
    GONE,
    Mutant,
    changed,
    fresh,
    literal,
    twin,
    with_flags,
    with_instead,
    with_resource,
    with_value,
)
from portcullis.graph.resource import UNKNOWN, Graph, Resource

# Concatenated, so that secret scanners do not report this file.
PRIVATE_KEY = "-----BEGIN " + "PRIVATE KEY-----\n" + "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEH\n"
# What the backend gets. Without it no response can leak the token.
MAPPED = "context.authorizer.authorization"
OF_AUTHORIZER = re.compile(r'"authorizerUri":\s*"[^"]*:function:([A-Za-z0-9_-]+)')
OPEN_BODY = json.dumps(
    {
        "openapi": "3.0.1",
        "paths": {
            "/": {
                "get": {
                    "x-amazon-apigateway-integration": {
                        "type": "http_proxy",
                        "uri": "https://backend.example.com",
                    }
                }
            }
        },
    }
)
# Changes of a copy of the stack's own permission to invoke a function.
FOREIGN_CALLERS: dict[str, dict[str, Any]] = {
    "a permission for an API of another account": {
        "sourceArn": "arn:aws:execute-api:eu-central-1:999999999999:abcdef1234/authorizers/x"
    },
    "a permission for another account": {"principal": "999999999999", "sourceArn": GONE},
    "a permission for a role of another account": {
        "principal": "arn:aws:iam::999999999999:role/minter",
        "sourceArn": GONE,
    },
    "a permission for a service in another account": {
        "principal": "events.amazonaws.com",
        "sourceArn": "arn:aws:events:eu-central-1:999999999999:rule/mint",
    },
    "a permission for every action": {"action": "lambda:*"},
}


def addition_mutants(graph: Graph) -> Iterator[Mutant]:
    for stage in graph.of_type(types.STAGE):
        yield _added("a second stage without a web ACL", stage, graph, twin(stage, "second"))
    for domain in graph.of_type(types.DOMAIN):
        yield from _beside_domain(graph, domain)
    for api in graph.of_type(types.REST_API):
        yield from _beside_api(graph, api)
    for mapping in graph.of_type(types.MAPPING):
        second = twin(mapping, "second", stageName=GONE)
        yield _added("a second mapping that names no stage", mapping, graph, second)
        foreign = twin(mapping, "second", domainName="legacy.example.com")
        yield _added("a mapping of another stack's domain", mapping, graph, foreign)
        other_api = twin(mapping, "second", restApi="abcdef1234")
        yield _added("a mapping to another stack's API", mapping, graph, other_api)
    for key in graph.of_type(types.KEY):
        yield from _beside_key(graph, key)
    for function in graph.of_type(types.FUNCTION):
        yield from _beside_function(graph, function)
    for permission in graph.of_type(types.PERMISSION):
        for what, changes in FOREIGN_CALLERS.items():
            yield _added(what, permission, graph, twin(permission, "second", **changes))
    for alias in graph.of_type(types.ALIAS):
        fixed = with_instead(graph, literal(alias, "functionVersion", "1"))
        yield Mutant(target=alias.name, what="functionVersion = '1'", graph=fixed)
    for upload in graph.of_type(types.BUCKET_OBJECT):
        yield Mutant(
            target=upload.name,
            what="a private key in its content",
            graph=with_value(graph, upload, ("content",), PRIVATE_KEY),
        )
    for association in graph.of_type(types.ASSOCIATION):
        yield from _around_association(graph, association)
    yield from _elsewhere(graph)


def _added(what: str, beside: Resource, graph: Graph, *added: Resource) -> Mutant:
    return Mutant(target=beside.name, what=what, graph=with_resource(graph, *added))


def _beside_domain(graph: Graph, domain: Resource) -> Iterator[Mutant]:
    open_domain = twin(domain, "second", mutualTlsAuthentication=GONE)
    yield _added("a second domain without mutual TLS", domain, graph, open_domain)
    rule = fresh(
        graph,
        "aws:apigatewayv2/routingRule:RoutingRule",
        "rule",
        {
            "domainName": "x",
            "priority": 1,
            "actions": [{"invokeApi": {"apiId": "x", "stage": "y"}}],
        },
    )
    yield _added("a routing rule to a stage of another stack", domain, graph, rule)
    for api in graph.of_type(types.REST_API):
        # Without a domain, a private API is not a gap: it is reachable from a VPC only.
        path = ("endpointConfiguration", "types")
        private = with_value(graph, api, path, "PRIVATE")
        yield Mutant(target=api.name, what="endpointConfiguration.types = 'PRIVATE'", graph=private)
    dynamic = fresh(graph, "pulumi-python:dynamic:Resource", "dynamic", {})
    yield _added("a resource of a dynamic provider", domain, graph, dynamic)
    elsewhere = {"truststoreUri": "s3://elsewhere/ca.pem", "truststoreVersion": "1"}
    moved = literal(domain, "mutualTlsAuthentication", elsewhere)
    yield Mutant(
        target=domain.name,
        what="a truststore in a bucket of another stack",
        graph=with_instead(graph, moved),
    )


def _beside_api(graph: Graph, api: Resource) -> Iterator[Mutant]:
    second = twin(api, "second", disableExecuteApiEndpoint=False)
    yield _added("a second API that answers on its default endpoint", api, graph, second)
    open_api = twin(api, "second", body=OPEN_BODY)
    yield _added("a second API without an authorizer", api, graph, open_api)
    unread = twin(api, "second", body=UNKNOWN)
    yield _added("a second API whose body is unknown in a preview", api, graph, unread)
    put = fresh(
        graph,
        "aws:apigateway/restApiPut:RestApiPut",
        "put",
        {"restApiId": UNKNOWN, "body": OPEN_BODY, "failOnWarnings": True},
        {"restApiId": [api]},
    )
    yield _added("another body imported into it later", api, graph, put)
    method = fresh(
        graph,
        "aws:apigateway/method:Method",
        "method",
        {"restApi": UNKNOWN, "resourceId": UNKNOWN, "httpMethod": "GET", "authorization": "NONE"},
        {"restApi": [api], "resourceId": [api]},
    )
    yield _added("a method added to its body", api, graph, method)
    response = fresh(
        graph,
        "aws:apigateway/response:Response",
        "response",
        {
            "restApiId": "abcdef1234",
            "responseType": "DEFAULT_4XX",
            "responseTemplates": {"application/json": f"${MAPPED}"},
        },
    )
    if any(MAPPED in str(resource.inputs) for resource in graph):
        yield _added("a gateway response by text with the token", api, graph, response)
    http_api = fresh(
        graph,
        "aws:apigatewayv2/api:Api",
        "http",
        {
            "protocolType": "HTTP",
            "disableExecuteApiEndpoint": True,
            "target": "https://backend.example.com",
        },
    )
    yield _added("an HTTP API by quick create", api, graph, http_api)


def _beside_key(graph: Graph, key: Resource) -> Iterator[Mutant]:
    if key.inputs.get("keyUsage") != "SIGN_VERIFY":
        return
    statement = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    policy = fresh(
        graph,
        "aws:kms/keyPolicy:KeyPolicy",
        "key-policy",
        {"keyId": UNKNOWN, "policy": json.dumps({"Statement": [statement]})},
        {"keyId": [key]},
    )
    yield _added("a second key policy that allows every principal", key, graph, policy)
    grant = fresh(
        graph,
        "aws:kms/grant:Grant",
        "grant",
        {"keyId": UNKNOWN, "granteePrincipal": "999999999999", "operations": ["Sign"]},
        {"keyId": [key]},
    )
    yield _added("a grant to sign for a foreign account", key, graph, grant)


def _beside_function(graph: Graph, function: Resource) -> Iterator[Mutant]:
    if str(function.inputs.get("name")) in _names_of_authorizers(graph):
        yield from _beside_authorizer(graph, function)
    logless = literal(function, "loggingConfig", {"logFormat": "JSON", "logGroup": "undeclared"})
    yield Mutant(
        target=function.name,
        what="a log group that this stack does not declare",
        graph=with_instead(graph, logless),
    )
    url = fresh(
        graph,
        "aws:lambda/functionUrl:FunctionUrl",
        "url",
        {"functionName": UNKNOWN, "authorizationType": "NONE"},
        {"functionName": [function]},
    )
    yield _added("a public URL of its own", function, graph, url)
    for what, name, value in (
        ("a password in its environment", "DB_PASSWORD", "hunter2-hunter2"),
        ("a private key in its environment", "NOTE", PRIVATE_KEY),
    ):
        path = ("environment", "variables", name)
        yield Mutant(
            target=function.name, what=what, graph=with_value(graph, function, path, value)
        )


def _names_of_authorizers(graph: Graph) -> set[str]:
    """The functions that the OpenAPI documents of the stack name as authorizers."""
    return {
        name
        for api in graph.of_type(types.REST_API)
        for name in OF_AUTHORIZER.findall(str(api.inputs.get("body")))
    }


def _beside_authorizer(graph: Graph, function: Resource) -> Iterator[Mutant]:
    layer = "arn:aws:lambda:eu-central-1:999999999999:layer:code:1"
    key = "arn:aws:kms:eu-central-1:999999999999:key/1"
    for what, path, value in (
        ("a layer of another account", ("layers",), [layer]),
        ("a key of another account in its environment", ("environment", "variables", "KEY"), key),
        ("code in a bucket that is not pinned", ("s3Bucket",), "public-code"),
    ):
        broken = with_value(graph, function, path, value)
        yield Mutant(target=function.name, what=what, graph=broken)
    answers = fresh(
        graph,
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        "answers",
        {
            "functionName": UNKNOWN,
            "destinationConfig": {
                "onSuccess": {"destination": "arn:aws:sqs:eu-central-1:999999999999:tokens"}
            },
        },
        {"functionName": [function]},
    )
    yield _added("a queue that receives its answers", function, graph, answers)
    yield from _callers(graph, function)
    yield from front_mutants(graph, function)


def _callers(graph: Graph, function: Resource) -> Iterator[Mutant]:
    """Whoever else may send an event to the authorizer, or change its code."""
    source = {"functionName": UNKNOWN, "eventSourceArn": "arn:aws:sqs:eu-central-1:999999999999:q"}
    for what, type_, inputs in (
        ("an event source", "aws:lambda/eventSourceMapping:EventSourceMapping", source),
        (
            "a URL of its own for IAM",
            "aws:lambda/functionUrl:FunctionUrl",
            {"functionName": UNKNOWN, "authorizationType": "AWS_IAM"},
        ),
    ):
        added = fresh(graph, type_, "source", inputs, {"functionName": [function]})
        yield _added(what, function, graph, added)
    arn = f"arn:aws:lambda:eu-central-1:000000000000:function:{function.inputs['name']}"
    invokes, changes = (
        json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": arn}]})
        for action in ("lambda:InvokeFunction", "lambda:UpdateFunctionCode")
    )
    user = fresh(
        graph, "aws:iam/userPolicy:UserPolicy", "caller", {"user": "alice", "policy": invokes}
    )
    yield _added("a user's policy that invokes it", function, graph, user)
    trusts = {"Effect": "Allow", "Principal": {"AWS": "999999999999"}, "Action": "sts:AssumeRole"}
    caller = fresh(
        graph, types.ROLE, "caller", {"assumeRolePolicy": json.dumps({"Statement": [trusts]})}
    )
    policy = fresh(graph, "aws:iam/policy:Policy", "changes", {"policy": changes})
    attachment = fresh(
        graph,
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "changes",
        {"role": UNKNOWN, "policyArn": UNKNOWN},
        {"role": [caller], "policyArn": [policy]},
    )
    what = "a role of another account whose attached policy changes its code"
    yield _added(what, function, graph, caller, policy, attachment)
    permission = fresh(
        graph,
        types.PERMISSION,
        "caller",
        {"action": "lambda:InvokeFunction", "function": UNKNOWN, "principal": UNKNOWN},
        {"function": [function], "principal": [caller]},
    )
    what = "a caller's role that another account assumes"
    yield _added(what, function, graph, caller, permission)


def _around_association(graph: Graph, association: Resource) -> Iterator[Mutant]:
    central = "arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/central/1"
    yield Mutant(
        target=association.name,
        what="a web ACL that this stack does not declare",
        graph=with_instead(graph, literal(association, "webAclArn", central)),
    )
    manager = fresh(
        graph,
        "aws:fms/policy:Policy",
        "manager",
        {
            "resourceType": "AWS::ApiGateway::Stage",
            "remediationEnabled": True,
            "securityServicePolicyData": {"type": "WAFV2"},
        },
    )
    yield _added("a policy of Firewall Manager", association, graph, manager)
    roles = json.dumps([{"roleArn": "arn:aws:iam::999999999999:role/deployer"}])
    provider = fresh(graph, "pulumi:providers:aws", "elsewhere", {"assumeRoles": roles})
    flags = replace(association.flags, provider=f"{provider.urn}::id")
    moved = with_flags(with_resource(graph, provider), association, flags)
    yield Mutant(target=association.name, what="by a provider of another account", graph=moved)
    second = twin(association, "second", webAclArn=central)
    yield _added("a second association with another web ACL", association, graph, second)
    for mapping in graph.of_type(types.MAPPING):
        waits_for = tuple(d for d in mapping.dependencies if d != association.urn)
        hasty = replace(mapping, dependencies=waits_for)
        yield Mutant(
            target=mapping.name,
            what="without the dependency on the web ACL association",
            graph=with_instead(graph, hasty),
        )


def _elsewhere(graph: Graph) -> Iterator[Mutant]:
    root = f"{graph.project}-{graph.stack}"
    outputs = {**graph.stack_outputs, "clientKey": PRIVATE_KEY}
    yield Mutant(
        target=root,
        what="a private key as an output",
        graph=replace(graph, stack_outputs=outputs),
    )
    for type_, what in (
        ("aws:cloudformation/stack:Stack", "an API in a CloudFormation template"),
        ("aws-native:apigateway:RestApi", "an API by another provider"),
        ("aws:index/apiGatewayStage:ApiGatewayStage", "a stage by a bridged provider"),
        ("aws-apigateway:index:RestAPI", "an API in a component of another language"),
        ("aws:wafregional/webAcl:WebAcl", "a web ACL of AWS WAF Classic"),
    ):
        added = fresh(graph, type_, "elsewhere", {"templateBody": "{}"})
        yield Mutant(target=root, what=what, graph=with_resource(graph, added))
    for group in graph.of_type(types.LOG_GROUP)[:1]:
        key = fresh(graph, types.KEY, "data", {"description": "Encrypts the log."})
        encrypted = replace(
            changed(group, ("kmsKeyId",), UNKNOWN),
            property_dependencies={**group.property_dependencies, "kmsKeyId": (key.urn,)},
        )
        yield Mutant(
            target=group.name,
            what="a symmetric key that is never rotated",
            graph=with_instead(with_resource(graph, key), encrypted),
        )
