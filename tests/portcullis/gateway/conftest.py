"""A good graph as plain values, a caller, a function and a backend; each test breaks one thing."""

import asyncio
import copy
import datetime
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portcullis.gateway.exchange import (
    Endpoint,
    InvocationResult,
    Request,
    TlsPeer,
    UpstreamAnswer,
    VerifyFailure,
)
from portcullis.gateway.gateway import Gateway
from portcullis.gateway.waf.web_acl import web_acls
from portcullis.graph.resource import ARCHIVE, SIGNATURE, Graph, Resource

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

    return {
        "openapi": "3.0.1",
        "info": {"title": "pets", "version": "1"},
        "paths": {
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
        "components": {
            "schemas": {
                "Pet": {
                    "type": "object",
                    "required": ["type"],
                    "properties": {"type": {"type": "string"}, "price": {"type": "number"}},
                }
            },
            "securitySchemes": {
                "client": {
                    "type": "apiKey",
                    "name": "Unused",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "custom",
                    "x-amazon-apigateway-authorizer": {
                        "type": "request",
                        "authorizerUri": AUTHORIZER_URI,
                        "authorizerResultTtlInSeconds": 0,
                    },
                }
            },
        },
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-request-validator": "all",
    }


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


def allow_everything(event: dict[str, Any]) -> dict[str, Any]:
    stage_arn = "/".join(event["methodArn"].split("/")[:2])
    return {
        "principalId": "pet-shop",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{stage_arn}/*"}
            ],
        },
        "context": {"authorization": "Bearer minted", "clientId": "pet-shop"},
    }


@dataclass
class FakeFunctions:
    """The Lambda service: answers with ``result``, or what ``answer`` makes of the event."""

    answer: Any = allow_everything
    result: InvocationResult | None = None
    calls: list[tuple[str, str | None, dict[str, Any]]] = field(default_factory=list)

    async def invoke(self, function_name, qualifier, event):
        json.dumps(event)  # what cannot be sent is a fault of the gateway
        self.calls.append((function_name, qualifier, event))
        if self.result is not None:
            return self.result
        return InvocationResult(payload=self.answer(event), function_error=None)

    @property
    def event(self) -> dict[str, Any]:
        return self.calls[-1][2]


@dataclass
class Sent:
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timeout_seconds: float

    def all(self, name: str) -> list[str]:
        return [v for n, v in self.headers if n.lower() == name.lower()]


@dataclass
class FakeUpstream:
    """The backend: keeps what arrived and answers ``answer``, or raises it."""

    answer: Any = field(
        default_factory=lambda: UpstreamAnswer(
            status=200, headers=(("Content-Type", "application/json"),), body=b"[]"
        )
    )
    requests: list[Sent] = field(default_factory=list)

    async def send(self, method, url, headers, body, timeout_seconds):
        self.requests.append(Sent(method, url, headers, body, timeout_seconds))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def last(self) -> Sent:
        return self.requests[-1]


@dataclass
class Clock:
    now: float = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Laptop:
    """A gateway with everything around it, driven without a loop of one's own."""

    gateway: Gateway
    functions: FakeFunctions
    upstream: FakeUpstream
    clock: Clock
    access_log: list[str]
    execution_log: list[str]
    seen: list[Any]
    certificate: str

    def call(self, target: str = "/pets", method: str = "GET", **changes: Any):
        return asyncio.run(self.gateway.handle(self.request(target, method, **changes)))

    def request(
        self,
        target: str = "/pets",
        method: str = "GET",
        *,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        source_ip: str = "203.0.113.9",
        endpoint: Endpoint = Endpoint.CUSTOM_DOMAIN,
        host: str = DOMAIN,
        server_name: str | None = DOMAIN,
        certificate: str | None = "",
        verify_failure: VerifyFailure | None = None,
    ) -> Request:
        path, _, query = target.partition("?")
        shown = self.certificate if certificate == "" else certificate
        return Request(
            endpoint=endpoint,
            source_ip=source_ip,
            source_port=40000,
            http_version="HTTP/1.1",
            method=method,
            target=target,
            path=path,
            query=query,
            headers=(("Host", host), ("User-Agent", "test/1"), *headers),
            body=body,
            tls=TlsPeer(
                version="TLSv1.3",
                cipher="TLS_AES_256_GCM_SHA384",
                server_name=server_name,
                client_certificate_pem=shown if endpoint is Endpoint.CUSTOM_DOMAIN else None,
                verify_failure=verify_failure,
            ),
            received_at=self.clock.now,
        )


def make_certificate(common_name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")]))
        .public_key(key.public_key())
        .serial_number(0x0A1B2C)
        .not_valid_before(datetime.datetime(2026, 8, 5, 0, 28, 21, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2027, 8, 15, 10, 28, 21, tzinfo=datetime.UTC))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="session")
def client_pem() -> str:
    return make_certificate("pet-shop")


@pytest.fixture(scope="session")
def other_pem() -> str:
    return make_certificate("pet-hotel")


@pytest.fixture
def good() -> GraphBuilder:
    return GraphBuilder()


@pytest.fixture
def start(client_pem):
    """Start a gateway on a builder's graph."""

    def starting(builder: GraphBuilder, **around: Any) -> Laptop:
        functions = around.pop("functions", None) or FakeFunctions()
        upstream = around.pop("upstream", None) or FakeUpstream()
        clock, lines, executions, seen = Clock(), [], [], []
        gateway = Gateway.from_graph(
            builder.graph(),
            functions=functions,
            upstream=upstream,
            access_log=lines.append,
            execution_log=executions.append,
            clock=clock,
            observe=lambda exchange, response: seen.append((exchange, response)),
        )
        return Laptop(gateway, functions, upstream, clock, lines, executions, seen, client_pem)

    return starting


@pytest.fixture
def laptop(start, good) -> Laptop:
    return start(good)


@pytest.fixture
def functions() -> FakeFunctions:
    return FakeFunctions()


@pytest.fixture
def upstream() -> FakeUpstream:
    return FakeUpstream()


# Web ACLs on their own

OTHER_SETS = {
    "v6": ("IPV6", ["2001:db8::/32", "::1/128"]),
    "many": ("IPV4", ["10.0.0.0/8", "192.0.2.7/32", "198.51.100.0/25"]),
}


def ip_set_arn(name: str) -> str:
    return f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/ipset/{name}/1"


@pytest.fixture
def web_acl(good):
    """Compile rules into the web ACL of the good graph."""

    def compiled(*rules: dict[str, Any], clock: Any = None, **properties: Any):
        for name, (version, addresses) in OTHER_SETS.items():
            good.add(
                f"set-{name}",
                "aws:wafv2/ipSet:IpSet",
                arn=ip_set_arn(name),
                ipAddressVersion=version,
                addresses=addresses,
            )
        good.rules(*rules, **properties)
        return web_acls(good.graph(), clock or Clock())[WEB_ACL_ARN]

    return compiled


def make_request(
    target: str = "/pets",
    *,
    method: str = "GET",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    source_ip: str = "203.0.113.9",
) -> Request:
    path, _, query = target.partition("?")
    return Request(
        endpoint=Endpoint.CUSTOM_DOMAIN,
        source_ip=source_ip,
        source_port=40000,
        http_version="HTTP/1.1",
        method=method,
        target=target,
        path=path,
        query=query,
        headers=headers,
        body=body,
        tls=TlsPeer(version="", cipher="", server_name=None, client_certificate_pem=None),
        received_at=0.0,
    )


@pytest.fixture(scope="session")
def request_of():
    return make_request


@pytest.fixture
def matches(web_acl):
    """Whether a statement matches a request, as a blocking rule shows."""

    def matching(statement: dict[str, Any], target: str = "/pets", **changes: Any) -> bool:
        rule = {"name": "rule", "priority": 1, "action": {"block": {}}, "statement": statement}
        return not web_acl(rule).evaluate(make_request(target, **changes)).allowed

    return matching
