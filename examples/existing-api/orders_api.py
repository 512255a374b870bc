"""The API that was there before: a REST API with its routes, a deployment and a stage.

Marked as new: who answers for a call, what the backend is told, how it knows who calls, and that
the execute-api address is closed.
"""

import hashlib
import json

import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

BACKEND = "https://orders.internal.example.com"
PATH = "/v1/orders"
STAGE = "dev"
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "status": "$context.status",
    "sourceIp": "$context.identity.sourceIp",
    "clientCertSerialNumber": "$context.identity.clientCert.serialNumber",
    "clientId": "$context.authorizer.clientId",
    "reason": "$context.authorizer.reason",
    "errorResponseType": "$context.error.responseType",
}


class OrdersApi:
    def __init__(self, authorizer_uri: str, function: Input[str], alias: Input[str]) -> None:
        # Known at preview, because the authorizer's URI is: so the policy pack can judge it.
        body = json.dumps(contract(authorizer_uri), sort_keys=True)
        self.rest_api = aws.apigateway.RestApi(
            "orders",
            name="orders-existing-dev",
            description="Orders.",
            body=body,
            put_rest_api_mode="overwrite",
            fail_on_warnings=True,
            endpoint_configuration={"types": "REGIONAL"},
            security_policy="TLS_1_2",
            disable_execute_api_endpoint=True,  # new: it would be a way around the domain
        )
        permission = aws.lambda_.Permission(  # new
            "orders-authorizer",
            statement_id="ApiGatewayInvokesAuthorizer",
            action="lambda:InvokeFunction",
            function=function,
            qualifier=alias,
            principal="apigateway.amazonaws.com",
            source_arn=Output.concat(self.rest_api.execution_arn, "/authorizers/*"),
        )
        deployment = aws.apigateway.Deployment(
            "orders",
            rest_api=self.rest_api.id,
            triggers={"body": hashlib.sha256(body.encode()).hexdigest()},
            opts=ResourceOptions(depends_on=[permission]),
        )
        log = aws.cloudwatch.LogGroup(
            "orders-access", name="/aws/apigateway/orders-existing-dev", retention_in_days=30
        )
        certificate = aws.apigateway.ClientCertificate(  # new: the backend must ask for it
            "orders", description="Tells the backend that this API Gateway calls."
        )
        self.stage = aws.apigateway.Stage(
            "orders",
            client_certificate_id=certificate.id,
            rest_api=self.rest_api.id,
            deployment=deployment.id,
            stage_name=STAGE,
            access_log_settings={"destination_arn": log.arn, "format": json.dumps(ACCESS_LOG)},
            xray_tracing_enabled=True,
        )
        self._settings()

    def _settings(self) -> None:
        execution_log = aws.cloudwatch.LogGroup(
            "orders-execution",
            name=Output.concat("API-Gateway-Execution-Logs_", self.rest_api.id, f"/{STAGE}"),
            retention_in_days=30,
        )
        aws.apigateway.MethodSettings(
            "orders",
            rest_api=self.rest_api.id,
            stage_name=self.stage.stage_name,
            method_path="*/*",
            settings={
                "throttling_rate_limit": 100,
                "throttling_burst_limit": 200,
                "logging_level": "ERROR",
                "data_trace_enabled": False,
                "metrics_enabled": True,
                "caching_enabled": False,
            },
            opts=ResourceOptions(depends_on=[execution_log]),
        )


def contract(authorizer_uri: str) -> dict[str, object]:
    return {
        "openapi": "3.0.3",
        "info": {"title": "orders-existing-dev", "description": "Orders.", "version": "1.0.0"},
        "paths": {PATH: {"get": operation("GET"), "post": operation("POST")}},
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-request-validator": "all",
        "components": {
            "securitySchemes": {
                "clientCertificate": {  # new
                    "type": "apiKey",
                    "name": "Unused",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "custom",
                    "x-amazon-apigateway-authorizer": {
                        "type": "request",
                        "authorizerUri": authorizer_uri,
                        "authorizerResultTtlInSeconds": 0,
                    },
                }
            }
        },
    }


def operation(method: str) -> dict[str, object]:
    return {
        "responses": {"200": {"description": "The answer of the backend."}},
        "security": [{"clientCertificate": []}],  # new
        "x-amazon-apigateway-integration": {
            "type": "http_proxy",
            "httpMethod": method,
            "uri": BACKEND + PATH,
            "connectionType": "INTERNET",
            "passthroughBehavior": "when_no_match",
            "requestParameters": {  # new: they replace what a caller sends under these names
                "integration.request.header.Authorization": "context.authorizer.authorization",
                "integration.request.header.X-Client-Certificate-Thumbprint": (
                    "context.authorizer.certificateThumbprint"
                ),
            },
        },
    }
