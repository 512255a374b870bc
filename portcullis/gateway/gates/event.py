"""The event that a REST API sends to an authorizer of type REQUEST.

Its members are those of recorded events. Events of HTTP APIs and TOKEN authorizers have others:
``version``, ``identitySource``, ``authorizationToken``.
Source: API Gateway Developer Guide, "Input to an API Gateway Lambda authorizer".
"""

from collections.abc import Mapping
from typing import Any

from portcullis.gateway.gates.call import Call, by_name

_NOT_SIGNED = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)


def request_event(
    call: Call, method_arn: str, stage_variables: Mapping[str, str]
) -> dict[str, Any]:
    """Members with single values hold the last value sent; names are as sent."""
    context = call.context
    headers = by_name((_spelled(n), v) for n, v in call.headers)
    arguments = by_name(call.arguments)
    identity: dict[str, Any] = dict.fromkeys(_NOT_SIGNED)
    identity["sourceIp"] = call.request.source_ip
    identity["userAgent"] = context.get("identity.userAgent")
    identity["apiKey"] = context.get("identity.apiKey")
    identity["apiKeyId"] = context.get("identity.apiKeyId")
    if call.certificate is not None:
        identity["clientCert"] = call.certificate.event()
    return {
        "type": "REQUEST",
        "methodArn": method_arn,
        "resource": call.resource_path,
        "path": call.path,
        "httpMethod": call.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in arguments.items()},
        "multiValueQueryStringParameters": arguments,
        "pathParameters": dict(call.path_parameters),
        "stageVariables": dict(stage_variables),
        "requestContext": {
            "resourceId": context.get("resourceId"),
            "resourcePath": call.resource_path,
            "httpMethod": call.method,
            "extendedRequestId": call.extended_request_id,
            "requestTime": context.get("requestTime"),
            "path": context.get("path"),
            "accountId": context.get("accountId"),
            "protocol": call.request.http_version,
            "stage": context.get("stage"),
            "domainPrefix": context.get("domainPrefix"),
            "requestTimeEpoch": int(call.request.received_at * 1000),
            "requestId": call.request_id,
            "identity": identity,
            "domainName": context.get("domainName"),
            "deploymentId": context.get("deploymentId"),
            "apiId": context.get("apiId"),
        },
    }


def _spelled(name: str) -> str:
    # Captured: this one name reaches functions capitalised, however it was sent.
    return "Authorization" if name.lower() == "authorization" else name
