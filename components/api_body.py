"""The API Gateway body: a pure function of the contract and of values known at preview.

One Output in it would make the whole text unknown, and then no policy could judge it.
Source: API Gateway Developer Guide, "OpenAPI extensions for API Gateway".
"""

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.gateway_responses import extension
from components.jwks import EC_MEMBERS, RSA_MEMBERS, Member, stage_variable
from portcullis.contract.contract import Contract
from portcullis.contract.operations import ContractOperation
from portcullis.pki.public_jwk import jwk_members, rsa_jwk_members

AUTHORIZER = "clientCertificate"
VALIDATOR = "everything"
API_KEY = "api_key"  # the name in AWS's own examples of such a scheme
# The cache key of an answer. Two certificates never share a PEM, while serial numbers repeat across
# issuers and distinguished names across renewals.
CACHE_IDENTITY_SOURCE = "context.identity.clientCert.clientCertPem"
RENEWAL_TIMEOUT_SECONDS = 20  # above that of its function
JWKS_MAX_AGE_SECONDS = 300  # a backend sees a rotated key within five minutes
# What the backend receives about the caller. A mapping replaces the header that the client sent.
# An empty value would be skipped, but the authorizer never answers Allow with one.
HEADER_MAPPING = {
    "integration.request.header.Authorization": "context.authorizer.authorization",
    "integration.request.header.X-Client-Certificate-Thumbprint": (
        "context.authorizer.certificateThumbprint"
    ),
    "integration.request.header.X-Request-Id": "context.requestId",
}
CLIENT_CERT_MAPPING = {  # RFC 9440
    "integration.request.header.Client-Cert": "context.authorizer.clientCert"
}


@dataclass(frozen=True, kw_only=True)
class BodyInputs:
    """All values that the body depends on besides the contract; each is known at preview."""

    title: str
    public_url: str
    backend_url: str | None  # None: the backend is a function
    backend_function_uri: str | None = None
    vpc_link_id: str | None = None  # for a backend_url in a VPC
    load_balancer_arn: str | None = None  # of a VPC link V2
    backend_timeout_seconds: int
    authorizer_uri: str
    authorizer_cache_seconds: int
    signing_key_count: int
    rsa_positions: frozenset[int] = frozenset()  # of the signing keys, from 1: those of RSA
    has_rate_plans: bool
    client_cert_header: bool = False
    renewal_path: str | None = None  # the route of the certificate renewal, and its function
    renewal_function_uri: str | None = None


def build_body(contract: Contract, inputs: BodyInputs) -> str:
    """The JSON text that ``aws.apigateway.RestApi`` uploads; equal inputs give equal text."""
    document = copy.deepcopy(dict(contract.document))
    # Otherwise the provider and the import rename the API in turn.
    document["info"]["title"] = inputs.title
    document["servers"] = [
        {
            "url": inputs.public_url,
            "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True},
        }
    ]
    document["x-amazon-apigateway-request-validators"] = {
        VALIDATOR: {"validateRequestBody": True, "validateRequestParameters": True}
    }
    document["x-amazon-apigateway-request-validator"] = VALIDATOR
    document["x-amazon-apigateway-gateway-responses"] = extension()
    schemes = {AUTHORIZER: _security_scheme(inputs)}
    if inputs.has_rate_plans:
        # Calls are counted only where a method requires a key. With this source no header is read.
        document["x-amazon-apigateway-api-key-source"] = "AUTHORIZER"
        schemes[API_KEY] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    document["components"]["securitySchemes"] = schemes
    document["paths"] = {}
    for operation in contract.operations:
        uploaded = copy.deepcopy(dict(operation.document))
        if operation.scope is None:
            uploaded["security"] = []
            integration = _jwks_integration(inputs)
        else:
            uploaded["security"] = [{AUTHORIZER: []}]
            if inputs.has_rate_plans:
                # In one entry, so that both are required: two entries would be alternatives.
                uploaded["security"] = [{AUTHORIZER: [], API_KEY: []}]
            integration = _backend_integration(operation, inputs)
        uploaded["x-amazon-apigateway-integration"] = integration
        document["paths"].setdefault(operation.path, {})[operation.method.lower()] = uploaded
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _security_scheme(inputs: BodyInputs) -> dict[str, Any]:
    authorizer: dict[str, Any] = {
        "type": "request",
        "authorizerUri": inputs.authorizer_uri,
        "authorizerResultTtlInSeconds": inputs.authorizer_cache_seconds,
    }
    if inputs.authorizer_cache_seconds:
        authorizer["identitySource"] = CACHE_IDENTITY_SOURCE
    return {
        "type": "apiKey",
        "name": "Unused",  # AWS's own placeholder for a REQUEST authorizer; no header is read
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": authorizer,
    }


def _backend_integration(operation: ContractOperation, inputs: BodyInputs) -> dict[str, Any]:
    if operation.path == inputs.renewal_path:
        return _function_integration(inputs.renewal_function_uri, RENEWAL_TIMEOUT_SECONDS)
    if inputs.backend_url is not None:
        return _http_integration(operation, inputs, inputs.backend_url)
    return _function_integration(inputs.backend_function_uri, inputs.backend_timeout_seconds)


def _function_integration(uri: str | None, timeout_seconds: int) -> dict[str, Any]:
    """Mappings have no effect on it: the function reads ``requestContext.authorizer``."""
    return {
        "type": "aws_proxy",
        "httpMethod": "POST",  # of Lambda's Invoke, whatever the method of the operation
        "uri": uri,
        "passthroughBehavior": "when_no_match",
        "timeoutInMillis": timeout_seconds * 1000,
    }


def _http_integration(
    operation: ContractOperation, inputs: BodyInputs, backend_url: str
) -> dict[str, Any]:
    parameters = HEADER_MAPPING | (CLIENT_CERT_MAPPING if inputs.client_cert_header else {})
    for parameter in operation.parameters:
        # A repeated query parameter has several values, and a mapping would add the last one again.
        if parameter.ignored or (parameter.place == "query" and parameter.type == "array"):
            continue
        target = {"path": "path", "query": "querystring", "header": "header"}[parameter.place]
        source = f"{target}.{parameter.name}"
        parameters[f"integration.request.{source}"] = f"method.request.{source}"
    return {
        "type": "http_proxy",
        "httpMethod": operation.method,
        # The mapping names a greedy parameter without its plus sign.
        "uri": backend_url.rstrip("/") + operation.path.replace("+}", "}"),
        **_connection(inputs),
        "passthroughBehavior": "when_no_match",
        "timeoutInMillis": inputs.backend_timeout_seconds * 1000,
        "requestParameters": parameters,
    }


def _connection(inputs: BodyInputs) -> dict[str, str]:
    """Source: API Gateway Developer Guide, "Set up a private integration"."""
    if inputs.vpc_link_id is None:
        return {"connectionType": "INTERNET"}
    connection = {"connectionType": "VPC_LINK", "connectionId": inputs.vpc_link_id}
    if inputs.load_balancer_arn is not None:
        connection["integrationTarget"] = inputs.load_balancer_arn
    return connection


def _jwks_integration(inputs: BodyInputs) -> dict[str, Any]:
    keys = [
        rsa_jwk_members(**_placeholders(position, RSA_MEMBERS))
        if position in inputs.rsa_positions
        else jwk_members(**_placeholders(position, EC_MEMBERS))
        for position in range(1, inputs.signing_key_count + 1)
    ]
    return {
        "type": "mock",
        "passthroughBehavior": "never",
        "requestTemplates": {"application/json": '{"statusCode":200}'},
        "responses": {
            "default": {
                "statusCode": "200",
                "responseParameters": {
                    "method.response.header.Cache-Control": (
                        f"'public, max-age={JWKS_MAX_AGE_SECONDS}'"
                    )
                },
                "responseTemplates": {
                    "application/json": json.dumps({"keys": keys}, separators=(",", ":"))
                },
            }
        },
    }


def _placeholders(position: int, members: Sequence[Member]) -> dict[str, str]:
    return {member: f"$stageVariables.{stage_variable(position, member)}" for member in members}
