"""A guarded API in each of the ways that AWS knows, with one thing to break."""

import copy
import hashlib
import json
from typing import Any

import pulumi
import pulumi_aws as aws

AUTHORIZER_URI = (
    "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:eu-central-1:000000000000:function:authorizer/invocations"
)
CERTIFICATE = "context.identity.clientCert.clientCertPem"
HEADERS = {
    "integration.request.header.Authorization": "context.authorizer.authorization",
    "integration.request.header.X-Client-Certificate-Thumbprint": (
        "context.authorizer.certificateThumbprint"
    ),
}
INTEGRATION = {
    "type": "http_proxy",
    "httpMethod": "GET",
    "uri": "https://backend.example.com/pets",
    "requestParameters": HEADERS,
}
BODY = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1"},
    "x-amazon-apigateway-request-validators": {
        "everything": {"validateRequestBody": True, "validateRequestParameters": True}
    },
    "x-amazon-apigateway-request-validator": "everything",
    "paths": {
        "/pets": {
            "get": {
                "security": [{"clientCertificate": []}],
                "x-amazon-apigateway-integration": INTEGRATION,
            }
        }
    },
    "components": {
        "securitySchemes": {
            "clientCertificate": {
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
        }
    },
}
ACCESS_LOG_FORMAT = json.dumps(
    {
        "id": "$context.requestId",
        "status": "$context.status",
        "ip": "$context.identity.sourceIp",
        "certificate": "$context.identity.clientCert.serialNumber",
    }
)
DIGEST = hashlib.sha256(json.dumps(BODY).encode()).hexdigest()
MOCK = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode":200}'}}
GONE = object()  # as a value of ``body``: take the key away


def body(*changes: tuple[str, Any]) -> dict[str, Any]:
    """The guarded body with values replaced: ("paths /pets get security", [])."""
    changed = copy.deepcopy(BODY)
    for path, value in changes:
        place: Any = changed
        *steps, last = path.split(" ")
        for step in steps:
            place = place[step]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
    return changed


OPERATION = "paths /pets get"
PROXY = f"{OPERATION} x-amazon-apigateway-integration"
AUTHORIZER = "components securitySchemes clientCertificate x-amazon-apigateway-authorizer"


def rest_api(*changes: tuple[str, Any], name: str = "api") -> aws.apigateway.RestApi:
    return aws.apigateway.RestApi(
        name,
        body=json.dumps(body(*changes)),
        disable_execute_api_endpoint=True,
        endpoint_configuration={"types": "REGIONAL"},
        fail_on_warnings=True,
    )


# Method and integration of the last ``method_api``: what its deployment has to follow.
PARTS: list[pulumi.CustomResource] = []


def method_api(
    *,
    api: dict[str, Any] | None = None,
    authorizer: dict[str, Any] | None = None,
    method: dict[str, Any] | None = None,
    integration: dict[str, Any] | None = None,
    with_integration: bool = True,
) -> aws.apigateway.RestApi:
    """The same API from Method and Integration resources."""
    rest = aws.apigateway.RestApi(
        "api", **({"endpoint_configuration": {"types": "REGIONAL"}} | (api or {}))
    )
    pets = aws.apigateway.Resource(
        "pets", rest_api=rest.id, parent_id=rest.root_resource_id, path_part="pets"
    )
    guard = aws.apigateway.Authorizer(
        "guard",
        **{
            "rest_api": rest.id,
            "type": "REQUEST",
            "authorizer_uri": AUTHORIZER_URI,
            "authorizer_result_ttl_in_seconds": 0,
        }
        | (authorizer or {}),
    )
    validator = aws.apigateway.RequestValidator(
        "everything",
        rest_api=rest.id,
        validate_request_body=True,
        validate_request_parameters=True,
    )
    get = aws.apigateway.Method(
        "get-pets",
        **{
            "rest_api": rest.id,
            "resource_id": pets.id,
            "http_method": "GET",
            "authorization": "CUSTOM",
            "authorizer_id": guard.id,
            "request_validator_id": validator.id,
        }
        | (method or {}),
    )
    PARTS[:] = [get]
    if with_integration:
        backend = aws.apigateway.Integration(
            "get-pets-backend",
            **{
                "rest_api": rest.id,
                "resource_id": pets.id,
                "http_method": get.http_method,
                "type": "HTTP_PROXY",
                "integration_http_method": "GET",
                "uri": "https://backend.example.com/pets",
                "request_parameters": HEADERS,
            }
            | (integration or {}),
        )
        PARTS.append(backend)
    return rest


def http_api(
    *,
    authorizer: dict[str, Any] | None = None,
    route: dict[str, Any] | None = None,
    integration: dict[str, Any] | None = None,
) -> aws.apigatewayv2.Api:
    """The same routes on an HTTP API, which no web ACL can guard."""
    api = aws.apigatewayv2.Api("api", protocol_type="HTTP", disable_execute_api_endpoint=True)
    guard = aws.apigatewayv2.Authorizer(
        "guard",
        **{
            "api_id": api.id,
            "name": "guard",
            "authorizer_type": "REQUEST",
            "authorizer_uri": AUTHORIZER_URI,
            "authorizer_result_ttl_in_seconds": 0,
        }
        | (authorizer or {}),
    )
    backend = aws.apigatewayv2.Integration(
        "backend",
        **{
            "api_id": api.id,
            "integration_type": "HTTP_PROXY",
            "integration_uri": "https://backend.example.com/pets",
            "request_parameters": {
                "overwrite:header.Authorization": "$context.authorizer.authorization",
                "overwrite:header.X-Client-Certificate-Thumbprint": (
                    "$context.authorizer.certificateThumbprint"
                ),
            },
        }
        | (integration or {}),
    )
    aws.apigatewayv2.Route(
        "get-pets",
        **{
            "api_id": api.id,
            "route_key": "GET /pets",
            "authorization_type": "CUSTOM",
            "authorizer_id": guard.id,
            "target": pulumi.Output.concat("integrations/", backend.id),
        }
        | (route or {}),
    )
    return api


def stage_of(
    api: aws.apigateway.RestApi,
    name: str = "stage",
    digest: pulumi.Input[str] = DIGEST,
    **changes: Any,
) -> aws.apigateway.Stage:
    """A stage that logs and presents a client certificate, with its deployment."""
    deployment = aws.apigateway.Deployment(
        f"{name}-deployment", rest_api=api.id, triggers={"content": digest}
    )
    return aws.apigateway.Stage(
        name,
        **{
            "rest_api": api.id,
            "deployment": deployment.id,
            "stage_name": name,
            "client_certificate_id": aws.apigateway.ClientCertificate(f"{name}-certificate").id,
            "access_log_settings": {
                "destination_arn": "arn:aws:logs:eu-central-1:000000000000:log-group:access",
                "format": ACCESS_LOG_FORMAT,
            },
        }
        | changes,
    )


def settings_of(
    api: aws.apigateway.RestApi, stage: aws.apigateway.Stage, path: str = "*/*", **changes: Any
) -> aws.apigateway.MethodSettings:
    """Method settings that limit and log."""
    return aws.apigateway.MethodSettings(
        f"settings-{path.replace('/', '-')}",
        rest_api=api.id,
        stage_name=stage.stage_name,
        method_path=path,
        settings={
            "logging_level": "ERROR",
            "throttling_rate_limit": 100.0,
            "throttling_burst_limit": 200,
        }
        | changes,
    )
