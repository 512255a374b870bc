"""A resource graph that the gateway accepts, as plain values; each test changes one thing of it."""

import copy
import json
from dataclasses import dataclass, field
from typing import Any

from portcullis.graph.resource import ARCHIVE, SIGNATURE, Graph, Resource
from tests.portcullis.gateway.openapi import document, request_authorizer

ACCOUNT = "111122223333"
REGION = "eu-central-1"
API_ID = "abcdef123"
EXECUTION_ARN = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}"
STAGE_ARN = f"arn:aws:apigateway:{REGION}::/restapis/{API_ID}/stages/test"
WEB_ACL_ARN = f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/webacl/shield/1"
IP_SET_ARN = f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/ipset/allowed/1"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:authorizer"
AUTHORIZER_URI = (
    f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION_ARN}:live/invocations"
)
DOMAIN = "api.example.test"
ACCESS_LOG_FORMAT = json.dumps(
    {
        name: f"$context.{name}"
        for name in (
            "requestId", "status", "path", "resourcePath", "httpMethod", "identity.sourceIp",
            "identity.userAgent", "identity.clientCert.subjectDN", "authorizer.clientId",
            "wafResponseCode", "integration.status", "error.responseType", "error.message",
        )
    }
)  # fmt: skip


def contract() -> dict[str, Any]:
    """Two proxied routes behind an authorizer, one with a body, and a MOCK route."""

    def proxied(path: str, method: str, **parameters: str) -> dict[str, Any]:
        return {
            "type": "http_proxy",
            "httpMethod": method,
            "uri": f"http://backend.test:8081{path}",
            "requestParameters": {
                "integration.request.header.Authorization": "context.authorizer.authorization",
                **parameters,
            },
        }

    return document(
        {
            "/pets": {
                "get": {
                    "security": [{"client": []}],
                    "x-amazon-apigateway-integration": proxied("/pets", "GET"),
                },
                "post": {
                    "security": [{"client": []}],
                    "requestBody": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}
                        }
                    },
                    "x-amazon-apigateway-integration": proxied("/pets", "POST"),
                },
            },
            "/pets/{petId}": {
                "get": {
                    "security": [{"client": []}],
                    "parameters": [
                        {"name": "petId", "in": "path", "required": True},
                        {"name": "X-Tenant", "in": "header", "required": True},
                    ],
                    "x-amazon-apigateway-integration": proxied(
                        "/pets/{petId}",
                        "GET",
                        **{"integration.request.path.petId": "method.request.path.petId"},
                    ),
                }
            },
            "/keys": {
                "get": {
                    "security": [],
                    "x-amazon-apigateway-integration": {
                        "type": "mock",
                        "passthroughBehavior": "never",
                        "requestTemplates": {"application/json": '{"statusCode": 200}'},
                        "responses": {
                            "default": {
                                "statusCode": "200",
                                "responseParameters": {
                                    "method.response.header.Cache-Control": "'max-age=60'"
                                },
                                "responseTemplates": {
                                    "application/json": '{"kid":"$stageVariables.kid"}'
                                },
                            }
                        },
                    },
                }
            },
        },
        components={
            "schemas": {
                "Pet": {
                    "type": "object",
                    "required": ["type"],
                    "properties": {"type": {"type": "string"}, "price": {"type": "number"}},
                }
            },
            "securitySchemes": {"client": request_authorizer(AUTHORIZER_URI)},
        },
        **{
            "x-amazon-apigateway-request-validators": {
                "all": {"validateRequestBody": True, "validateRequestParameters": True}
            },
            "x-amazon-apigateway-request-validator": "all",
        },
    )


def truststore_bundle() -> dict[str, Any]:
    return {
        "bucket": "trust",
        "key": "ca.pem",
        "versionId": "v7",
        "content": "-----BEGIN CERTIFICATE-----\n",
    }


def _good_resources() -> dict[str, tuple[str, dict[str, Any]]]:
    """By a short name: the Pulumi type, and inputs and outputs together."""
    return {
        "domain": (
            "aws:apigateway/domainName:DomainName",
            {
                "domainName": DOMAIN,
                "securityPolicy": "TLS_1_2",
                "endpointConfiguration": {"types": "REGIONAL"},
                "mutualTlsAuthentication": {
                    "truststoreUri": "s3://trust/ca.pem",
                    "truststoreVersion": "v7",
                },
            },
        ),
        "bundle": ("aws:s3/bucketObjectv2:BucketObjectv2", truststore_bundle()),
        "api": (
            "aws:apigateway/restApi:RestApi",
            {"id": API_ID, "executionArn": EXECUTION_ARN, "disableExecuteApiEndpoint": True},
        ),
        "deployment": (
            "aws:apigateway/deployment:Deployment",
            {"id": "dep1", "restApi": API_ID},
        ),
        "stage": (
            "aws:apigateway/stage:Stage",
            {
                "id": "ags-1",
                "arn": STAGE_ARN,
                "restApi": API_ID,
                "deployment": "dep1",
                "stageName": "test",
                "variables": {"kid": "k1"},
                "accessLogSettings": {"destinationArn": "arn", "format": ACCESS_LOG_FORMAT},
            },
        ),
        "settings": (
            "aws:apigateway/methodSettings:MethodSettings",
            {
                "restApi": API_ID,
                "stageName": "test",
                "methodPath": "*/*",
                "settings": {"loggingLevel": "INFO"},
            },
        ),
        "mapping": (
            "aws:apigateway/basePathMapping:BasePathMapping",
            {"domainName": DOMAIN, "restApi": API_ID, "stageName": "test", "basePath": ""},
        ),
        "ip_set": (
            "aws:wafv2/ipSet:IpSet",
            {"arn": IP_SET_ARN, "ipAddressVersion": "IPV4", "addresses": ["203.0.113.0/24"]},
        ),
        "web_acl": (
            "aws:wafv2/webAcl:WebAcl",
            {
                "arn": WEB_ACL_ARN,
                "name": "shield",
                "scope": "REGIONAL",
                "defaultAction": {"allow": {}},
                "rules": [
                    {
                        "name": "not-in-allow-list",
                        "priority": 0,
                        "action": {"block": {}},
                        "statement": {
                            "notStatement": {
                                "statement": {"ipSetReferenceStatement": {"arn": IP_SET_ARN}}
                            }
                        },
                        "visibilityConfig": {"metricName": "m"},
                    }
                ],
            },
        ),
        "association": (
            "aws:wafv2/webAclAssociation:WebAclAssociation",
            {"resourceArn": STAGE_ARN, "webAclArn": WEB_ACL_ARN},
        ),
        "function": (
            "aws:lambda/function:Function",
            {
                "name": "authorizer",
                "handler": "authorizer.handler.handler",
                "runtime": "python3.13",
                "code": {SIGNATURE: ARCHIVE, "path": "authorizer.zip"},
                "publish": True,
                "version": "3",
                "timeout": 5.0,
                "memorySize": 512.0,
                "environment": {"variables": {"PORTCULLIS_AUDIENCE": "petstore"}},
            },
        ),
        "alias": (
            "aws:lambda/alias:Alias",
            {"functionName": "authorizer", "name": "live", "functionVersion": "3"},
        ),
        "permission": (
            "aws:lambda/permission:Permission",
            {
                "function": "authorizer",
                "qualifier": "live",
                "principal": "apigateway.amazonaws.com",
                "action": "lambda:InvokeFunction",
                "sourceArn": f"{EXECUTION_ARN}/authorizers/*",
            },
        ),
    }


@dataclass
class GraphBuilder:
    """Starts good. ``remove`` and ``set`` break one thing; ``body`` is the OpenAPI document."""

    resources: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=_good_resources)
    body: dict[str, Any] = field(default_factory=contract)

    def remove(self, name: str) -> "GraphBuilder":
        del self.resources[name]
        return self

    def set(self, name: str, /, **properties: Any) -> "GraphBuilder":
        self.resources[name][1].update(properties)
        return self

    def add(self, name: str, resource_type: str, /, **properties: Any) -> "GraphBuilder":
        self.resources[name] = (resource_type, properties)
        return self

    def operation(self, path: str, method: str) -> dict[str, Any]:
        found: dict[str, Any] = self.body["paths"][path][method]
        return found

    def integration(self, path: str, method: str) -> dict[str, Any]:
        found: dict[str, Any] = self.operation(path, method)["x-amazon-apigateway-integration"]
        return found

    def authorizer(self, **properties: Any) -> "GraphBuilder":
        scheme = self.body["components"]["securitySchemes"]["client"]
        scheme["x-amazon-apigateway-authorizer"].update(properties)
        return self

    def rules(self, *rules: dict[str, Any], **web_acl: Any) -> "GraphBuilder":
        return self.set("web_acl", rules=list(rules), **web_acl)

    def graph(self) -> Graph:
        resources = copy.deepcopy(self.resources)
        if "api" in resources:
            resources["api"][1].setdefault("body", json.dumps(self.body))
        return Graph(
            project="test",
            stack="test",
            resources=tuple(
                Resource(
                    urn=f"urn:pulumi:test::test::{kind}::{name}",
                    type=kind,
                    name=name,
                    id=str(values.get("id", f"{name}-id")),
                    inputs=values,
                    outputs=values,
                )
                for name, (kind, values) in resources.items()
            ),
        )


def ip_set_arn(name: str) -> str:
    return f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/ipset/{name}/1"
