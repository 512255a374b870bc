"""The one OpenAPI document of the gateway's tests, and the parts that it is made of."""

from typing import Any


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An OpenAPI document as a REST API's body."""
    return {
        "openapi": "3.0.1",
        "info": {"title": "pets", "version": "1"},
        "paths": paths,
        **more,
    }


def request_authorizer(uri: str) -> dict[str, Any]:
    """A security scheme with a Lambda authorizer of type REQUEST that caches nothing."""
    return {
        "type": "apiKey",
        "name": "Unused",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "request",
            "authorizerUri": uri,
            "authorizerResultTtlInSeconds": 0,
        },
    }
