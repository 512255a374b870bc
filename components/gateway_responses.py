"""Which gate gave an answer: every gateway response, its status and its layer.

The bodies stay AWS's own; only the header ``x-portcullis-layer`` is added, so that a caller, an
access log and an alarm mean the same thing by "the authorizer refused".
Source: API Gateway Developer Guide, "Gateway response types".
"""

from dataclasses import dataclass
from typing import Any

LAYER_HEADER = "x-portcullis-layer"


@dataclass(frozen=True, kw_only=True)
class GatewayResponse:
    response_type: str
    status: int
    layer: str
    message_member: str = "message"


GATEWAY_RESPONSES = (
    GatewayResponse(response_type="WAF_FILTERED", status=403, layer="web-acl"),
    GatewayResponse(response_type="MISSING_AUTHENTICATION_TOKEN", status=403, layer="route"),
    GatewayResponse(response_type="EXPIRED_TOKEN", status=403, layer="route"),
    GatewayResponse(response_type="INVALID_SIGNATURE", status=403, layer="route"),
    GatewayResponse(response_type="RESOURCE_NOT_FOUND", status=404, layer="route"),
    GatewayResponse(response_type="THROTTLED", status=429, layer="throttle"),
    GatewayResponse(response_type="QUOTA_EXCEEDED", status=429, layer="throttle"),
    GatewayResponse(response_type="UNAUTHORIZED", status=401, layer="authorizer"),
    # AWS spells this one with a capital M; a custom template has to keep it.
    GatewayResponse(
        response_type="ACCESS_DENIED", status=403, layer="authorizer", message_member="Message"
    ),
    GatewayResponse(response_type="INVALID_API_KEY", status=403, layer="authorizer"),
    GatewayResponse(response_type="AUTHORIZER_FAILURE", status=500, layer="authorizer"),
    GatewayResponse(response_type="AUTHORIZER_CONFIGURATION_ERROR", status=500, layer="authorizer"),
    GatewayResponse(response_type="BAD_REQUEST_PARAMETERS", status=400, layer="validation"),
    GatewayResponse(response_type="BAD_REQUEST_BODY", status=400, layer="validation"),
    GatewayResponse(response_type="UNSUPPORTED_MEDIA_TYPE", status=415, layer="validation"),
    GatewayResponse(response_type="REQUEST_TOO_LARGE", status=413, layer="validation"),
    GatewayResponse(response_type="API_CONFIGURATION_ERROR", status=500, layer="integration"),
    GatewayResponse(response_type="INTEGRATION_FAILURE", status=504, layer="integration"),
    GatewayResponse(response_type="INTEGRATION_TIMEOUT", status=504, layer="integration"),
)


def extension() -> dict[str, Any]:
    """The value of ``x-amazon-apigateway-gateway-responses``."""
    return {
        response.response_type: {
            "statusCode": str(response.status),
            "responseParameters": {f"gatewayresponse.header.{LAYER_HEADER}": f"'{response.layer}'"},
            "responseTemplates": {
                # messageString brings its own quotes, and is null where AWS says nothing.
                "application/json": f'{{"{response.message_member}":$context.error.messageString}}'
            },
        }
        for response in GATEWAY_RESPONSES
    }
