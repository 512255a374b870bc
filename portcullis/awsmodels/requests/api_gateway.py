"""API Gateway REST APIs, domains, stages and usage plans."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from portcullis.awsmodels.request import Sent, TypeRequests, moved, same
from portcullis.awsmodels.shapes import Moved
from portcullis.graph.resource import UNKNOWN

METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
ANY_METHOD: Final = "x-amazon-apigateway-any-method"


def body_of(inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The OpenAPI document of a REST API's body; None if there is none or it cannot be read."""
    text = inputs.get("body")
    if not isinstance(text, str) or text == UNKNOWN:
        return None
    try:
        document = json.loads(text)
    except ValueError:
        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError:
            return None
    return document if isinstance(document, Mapping) else None


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each operation of the document with its place, for example ``paths./pets.get``."""
    for path, item in (document.get("paths") or {}).items():
        if isinstance(item, Mapping):
            for method, operation in item.items():
                if method in METHODS | {ANY_METHOD} and isinstance(operation, Mapping):
                    yield f"paths.{path}.{method}", operation


_INTEGRATION: Final = {  # x-amazon-apigateway-integration: keys that PutIntegration names alike
    "httpMethod": "integrationHttpMethod",
    **{
        name: name
        for name in (
            "type",
            "uri",
            "connectionType",
            "connectionId",
            "credentials",
            "requestParameters",
            "requestTemplates",
            "passthroughBehavior",
            "cacheNamespace",
            "cacheKeyParameters",
            "contentHandling",
            "timeoutInMillis",
            "tlsConfig",
            "integrationTarget",
            "responseTransferMode",
        )
    },
}
_RESPONSE: Final = ("statusCode", "responseParameters", "responseTemplates")
_AUTHORIZER: Final = (
    "type",
    "authorizerUri",
    "authorizerCredentials",
    "identitySource",
    "identityValidationExpression",
    "authorizerResultTtlInSeconds",
    "providerARNs",
)


def _integrations(inputs: Mapping[str, Any]) -> Iterator[Moved]:
    """Every integration of the body, as PutIntegration would take it."""
    for place, operation in operations(body_of(inputs) or {}):
        written = operation.get("x-amazon-apigateway-integration")
        if isinstance(written, Mapping):
            request = {
                member: written[key] for key, member in _INTEGRATION.items() if key in written
            }
            for name in ("type", "passthroughBehavior"):  # the import takes either case
                if isinstance(request.get(name), str):
                    request[name] = request[name].upper()
            request["httpMethod"] = place.rpartition(".")[2].upper()
            yield Moved(value=request, path=f"body.{place}.x-amazon-apigateway-integration")


def _gateway_responses(inputs: Mapping[str, Any]) -> Iterator[Moved]:
    """Every customised gateway response of the body, as PutGatewayResponse would take it."""
    key = "x-amazon-apigateway-gateway-responses"
    for name, written in ((body_of(inputs) or {}).get(key) or {}).items():
        if isinstance(written, Mapping):
            request = {member: written[member] for member in _RESPONSE if member in written}
            yield Moved(value={"responseType": name, **request}, path=f"body.{key}.{name}")


def _authorizers(inputs: Mapping[str, Any]) -> Iterator[Moved]:
    """Every authorizer of the body, as CreateAuthorizer would take it."""
    components = (body_of(inputs) or {}).get("components") or {}
    key = "x-amazon-apigateway-authorizer"
    for name, scheme in (components.get("securitySchemes") or {}).items():
        written = scheme.get(key) if isinstance(scheme, Mapping) else None
        if isinstance(written, Mapping):
            request = {member: written[member] for member in _AUTHORIZER if member in written}
            request["type"] = str(request.get("type", "")).upper()
            path = f"body.components.securitySchemes.{name}.{key}"
            yield Moved(value={"name": name, **request}, path=path)


def _access_log(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"accessLogSettings": moved(inputs, "accessLogSettings")}


def _method_settings(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"methodSettings": {str(inputs.get("methodPath")): moved(inputs, "settings")}}


def _usage_plan(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "name": moved(inputs, "name"),
        "description": moved(inputs, "description"),
        "apiStages": moved(inputs, "apiStages"),
        "throttle": moved(inputs, "throttleSettings"),
        "quota": moved(inputs, "quotaSettings"),
        "tags": moved(inputs, "tags"),
    }


TYPES: Final[Mapping[str, TypeRequests]] = {
    "aws:apigateway/account:Account": TypeRequests(
        sent=(Sent(operation="apigateway:UpdateAccount"),),
        not_sent={
            "cloudwatchRoleArn": "a patch operation; the model gives its values no form",
            "resetOnDelete": "the provider's own",
        },
    ),
    "aws:apigateway/apiKey:ApiKey": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="apigateway:CreateApiKey",
                members=same("name", "description", "enabled", "value", "customerId", "tags"),
            ),
        ),
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": TypeRequests(
        sent=(
            Sent(
                operation="apigateway:CreateBasePathMapping",
                members={
                    "restApi": "restApiId",
                    "stageName": "stage",
                    **same("domainName", "domainNameId", "basePath"),
                },
            ),
        ),
    ),
    "aws:apigateway/clientCertificate:ClientCertificate": TypeRequests(
        sent=(
            Sent(
                operation="apigateway:GenerateClientCertificate",
                members=same("description", "tags"),
            ),
        ),
    ),
    "aws:apigateway/deployment:Deployment": TypeRequests(
        sent=(
            Sent(
                operation="apigateway:CreateDeployment",
                members={"restApi": "restApiId", **same("description", "variables")},
            ),
        ),
        not_sent={"triggers": "the provider's own: a changed value makes a new deployment"},
    ),
    "aws:apigateway/domainName:DomainName": TypeRequests(
        sent=(
            Sent(
                operation="apigateway:CreateDomainName",
                members=same(
                    "domainName",
                    "certificateArn",
                    "regionalCertificateArn",
                    "endpointConfiguration",
                    "endpointAccessMode",
                    "mutualTlsAuthentication",
                    "ownershipVerificationCertificateArn",
                    "policy",
                    "routingMode",
                    "securityPolicy",
                    "tags",
                ),
            ),
        ),
    ),
    "aws:apigateway/methodSettings:MethodSettings": TypeRequests(
        # UpdateStage takes patch operations without form; the stage that it answers has one.
        sent=(
            Sent(operation="apigateway:UpdateStage", shape="Stage", reshape=_method_settings),
            Sent(
                operation="apigateway:UpdateStage",
                members={"restApi": "restApiId", **same("stageName")},
            ),
        ),
    ),
    "aws:apigateway/restApi:RestApi": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="apigateway:CreateRestApi",
                members=same(
                    "name",
                    "description",
                    "apiKeySource",
                    "binaryMediaTypes",
                    "disableExecuteApiEndpoint",
                    "endpointAccessMode",
                    "endpointConfiguration",
                    "minimumCompressionSize",
                    "policy",
                    "securityPolicy",
                    "tags",
                ),
            ),
            Sent(
                operation="apigateway:PutRestApi",
                members={
                    "body": "body",
                    "putRestApiMode": "mode",
                    **same("failOnWarnings", "parameters"),
                },
                only_if=("body",),
                provided=frozenset({"restApiId"}),
            ),
            Sent(
                operation="apigateway:PutIntegration",
                several=_integrations,
                provided=frozenset({"restApiId", "resourceId"}),
            ),
            Sent(
                operation="apigateway:PutGatewayResponse",
                several=_gateway_responses,
                provided=frozenset({"restApiId"}),
            ),
            Sent(
                operation="apigateway:CreateAuthorizer",
                several=_authorizers,
                provided=frozenset({"restApiId"}),
            ),
        ),
    ),
    "aws:apigateway/stage:Stage": TypeRequests(
        sent=(
            Sent(
                operation="apigateway:CreateStage",
                members={
                    "restApi": "restApiId",
                    "deployment": "deploymentId",
                    "xrayTracingEnabled": "tracingEnabled",
                    **same(
                        "stageName",
                        "description",
                        "variables",
                        "cacheClusterEnabled",
                        "cacheClusterSize",
                        "canarySettings",
                        "documentationVersion",
                        "tags",
                    ),
                },
            ),
            Sent(
                operation="apigateway:UpdateStage",
                shape="Stage",
                reshape=_access_log,
                only_if=("accessLogSettings",),
            ),
        ),
        not_sent={"clientCertificateId": "a patch operation; the model gives its values no form"},
    ),
    "aws:apigateway/usagePlan:UsagePlan": TypeRequests(
        auto_named="name",
        sent=(Sent(operation="apigateway:CreateUsagePlan", reshape=_usage_plan),),
        not_sent={"productCode": "a patch operation; the model gives its values no form"},
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": TypeRequests(
        sent=(
            Sent(
                operation="apigateway:CreateUsagePlanKey",
                members=same("keyId", "keyType", "usagePlanId"),
            ),
        ),
    ),
}
