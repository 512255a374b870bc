"""Access log format: one JSON line per call, with each gate's result and without the token.

Source: API Gateway Developer Guide, "Variables for access logging for API Gateway".
"""

import json

_FIELDS = {
    "requestId": "requestId",
    "errorResponseType": "error.responseType",  # early: AWS may shorten a long line
    "extendedRequestId": "extendedRequestId",
    "requestTime": "requestTimeEpoch",
    "apiId": "apiId",
    "stage": "stage",
    "domainName": "domainName",
    "httpMethod": "httpMethod",
    "path": "path",
    "resourcePath": "resourcePath",
    "protocol": "protocol",
    "status": "status",
    "responseLength": "responseLength",
    "responseLatency": "responseLatency",
    "sourceIp": "identity.sourceIp",
    "clientCertSubject": "identity.clientCert.subjectDN",
    "clientCertIssuer": "identity.clientCert.issuerDN",
    "clientCertSerialNumber": "identity.clientCert.serialNumber",
    "clientCertNotAfter": "identity.clientCert.validity.notAfter",
    "clientId": "authorizer.clientId",
    "reason": "authorizer.reason",
    "grantedScopes": "authorizer.scope",
    "certificateThumbprint": "authorizer.certificateThumbprint",
    "wafResponse": "wafResponseCode",
    "wafStatus": "waf.status",
    "wafLatency": "waf.latency",
    "wafError": "waf.error",
    "webAclArn": "webaclArn",
    "authorizerStatus": "authorizer.status",
    "authorizerLatency": "authorizer.latency",
    "authorizerRequestId": "authorizer.requestId",
    "authorizerError": "authorizer.error",
    "integrationStatus": "integration.status",
    "integrationLatency": "integration.latency",
    "integrationError": "integration.error",
    "errorMessage": "error.message",
    "xrayTraceId": "xrayTraceId",
}

# Every value in quotes: API Gateway writes a bare "-" for a value it does not have.
ACCESS_LOG_FORMAT = json.dumps(
    {name: f"$context.{variable}" for name, variable in _FIELDS.items()}, separators=(",", ":")
)
