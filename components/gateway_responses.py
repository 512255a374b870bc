"""Gateway responses: the status and the layer of each answer that API Gateway gives itself.

The bodies are AWS's defaults. Only the header ``x-portcullis-layer`` is added: it names the gate
that refused the call, with the same names as the alarms and the metrics.
Source: API Gateway Developer Guide, "Gateway response types".
"""

from dataclasses import dataclass
from typing import Any

LAYER_HEADER = "x-portcullis-layer"


@dataclass(frozen=True, kw_only=True)
class GatewayResponse:
    """``message_member`` is the body's one member, as AWS spells it."""

    response_type: str
    status: int
    layer: str
    message_member: str = "message"


# Without REQUEST_TOO_LARGE: API Gateway accepts a customised one but does not apply it.
GATEWAY_RESPONSES = (
    GatewayResponse(response_type="WAF_FILTERED", status=403, layer="web-acl"),
    GatewayResponse(response_type="MISSING_AUTHENTICATION_TOKEN", status=403, layer="route"),
    GatewayResponse(response_type="EXPIRED_TOKEN", status=403, layer="route"),
    GatewayResponse(response_type="INVALID_SIGNATURE", status=403, layer="route"),
    GatewayResponse(response_type="RESOURCE_NOT_FOUND", status=404, layer="route"),
    GatewayResponse(response_type="THROTTLED", status=429, layer="throttle"),
    GatewayResponse(response_type="QUOTA_EXCEEDED", status=429, layer="throttle"),
    GatewayResponse(response_type="UNAUTHORIZED", status=401, layer="authorizer"),
    # AWS spells this one with a capital M.
    GatewayResponse(
        response_type="ACCESS_DENIED", status=403, layer="authorizer", message_member="Message"
    ),
    GatewayResponse(response_type="INVALID_API_KEY", status=403, layer="authorizer"),
    GatewayResponse(response_type="AUTHORIZER_FAILURE", status=500, layer="authorizer"),
    GatewayResponse(response_type="AUTHORIZER_CONFIGURATION_ERROR", status=500, layer="authorizer"),
    GatewayResponse(response_type="BAD_REQUEST_PARAMETERS", status=400, layer="validation"),
    GatewayResponse(response_type="BAD_REQUEST_BODY", status=400, layer="validation"),
    GatewayResponse(response_type="UNSUPPORTED_MEDIA_TYPE", status=415, layer="validation"),
    GatewayResponse(response_type="API_CONFIGURATION_ERROR", status=500, layer="integration"),
    GatewayResponse(response_type="INTEGRATION_FAILURE", status=504, layer="integration"),
    GatewayResponse(response_type="INTEGRATION_TIMEOUT", status=504, layer="integration"),
)
LAYERS = tuple(dict.fromkeys(response.layer for response in GATEWAY_RESPONSES))


def response_types(layer: str) -> list[str]:
    """The response types that ``layer`` gives."""
    return [r.response_type for r in GATEWAY_RESPONSES if r.layer == layer]


def extension() -> dict[str, Any]:
    """The value of ``x-amazon-apigateway-gateway-responses``."""
    return {
        response.response_type: {
            "statusCode": str(response.status),
            "responseParameters": {f"gatewayresponse.header.{LAYER_HEADER}": f"'{response.layer}'"},
            "responseTemplates": {
                # messageString includes its quotes, and is null where AWS gives no message.
                "application/json": f'{{"{response.message_member}":$context.error.messageString}}'
            },
        }
        for response in GATEWAY_RESPONSES
    }
