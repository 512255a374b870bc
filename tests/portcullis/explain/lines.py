"""Log lines in AWS's formats, one set for each gate.

Formats: API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs"; WAF Developer
Guide, "Log examples for web ACL traffic".
"""

import time
from dataclasses import dataclass, field
from typing import Any

ACL_LOG: dict[str, Any] = {
    "timestamp": 1795865833481,
    "formatVersion": 1,
    "webaclId": "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/portcullis-dev/1",
    "terminatingRuleId": "Default_Action",
    "terminatingRuleType": "REGULAR",
    "action": "BLOCK",
    "terminatingRuleMatchDetails": [],
    "httpSourceName": "APIGW",
    "httpSourceId": "111122223333:a1b2c3:dev",
    "ruleGroupList": [],
    "rateBasedRuleList": [],
    "nonTerminatingMatchingRules": [],
    "httpRequest": {
        "clientIp": "198.51.100.7",
        "country": "DE",
        "headers": [{"name": "Host", "value": "api.example.com"}],
        "uri": "/orders",
        "args": "",
        "httpVersion": "HTTP/1.1",
        "httpMethod": "GET",
        "requestId": "QTtelE2RCu6g6bo=",
    },
}


AT = float(int(time.time()))  # when the calls were made; CloudWatch takes no old lines

THUMBPRINT = "Q" * 43


def access(**changes: str) -> dict[str, str]:
    line = {
        "requestId": "r-1",
        "errorResponseType": "-",
        "extendedRequestId": "QTtelE2RCu6g6bo=",
        "requestTime": str(int(AT * 1000)),
        "apiId": "a1b2c3",
        "stage": "dev",
        "domainName": "api.example.com",
        "httpMethod": "GET",
        "path": "/orders",
        "resourcePath": "/orders",
        "protocol": "HTTP/1.1",
        "status": "200",
        "responseLatency": "21",
        "sourceIp": "198.51.100.7",
        "clientCertSubject": "CN=depot",
        "clientCertSerialNumber": "4f:99",
        "clientId": "depot",
        "reason": "ok",
        "grantedScopes": "orders:read",
        "certificateThumbprint": THUMBPRINT,
        "wafResponse": "WAF_ALLOW",
        "authorizerStatus": "200",
        "authorizerError": "-",
        "integrationStatus": "200",
        "integrationError": "-",
        "errorMessage": "-",
    }
    return line | changes


def refused(status: int, response_type: str, **changes: str) -> dict[str, str]:
    return access(
        status=str(status),
        errorResponseType=response_type,
        **({"integrationStatus": "-"} | changes),
    )


@dataclass(frozen=True, kw_only=True)
class RefusedCall:
    name: str
    gate: str
    reason: str
    access: dict[str, str]
    authorizer: dict[str, Any] = field(default_factory=dict)
    web_acl: dict[str, Any] = field(default_factory=dict)
    execution: tuple[str, ...] = ()
    fact: str = ""  # the explanation must name it


def line(reason: str, **more: Any) -> dict[str, Any]:
    """A line of the authorizer."""
    return {
        "type": "portcullis.authorizer",
        "requestId": "r-1",
        "decision": "deny",
        "reason": reason,
        **more,
    }


BLOCKED = refused(403, "WAF_FILTERED", wafResponse="WAF_BLOCK", reason="-", clientId="-")
CALLS = (
    RefusedCall(
        name="untrusted",
        gate="truststore",
        reason="Could not find issuer for certificate",
        access=refused(403, "-", reason="-", wafResponse="-", authorizerStatus="-"),
        execution=("(r-1) Access denied. Reason: Could not find issuer for certificate",),
    ),
    RefusedCall(
        name="allow-list",
        fact="198.51.100.7",
        gate="web-acl",
        reason="not-in-allow-list",
        access=BLOCKED,
        web_acl=ACL_LOG | {"terminatingRuleId": "not-in-allow-list"},
    ),
    RefusedCall(
        name="managed-rule",
        fact="SQLi_BODY",
        gate="web-acl",
        reason="AWSManagedRulesSQLiRuleSet/SQLi_BODY",
        access=BLOCKED,
        web_acl=ACL_LOG
        | {
            "terminatingRuleId": "sqli",
            "terminatingRuleType": "MANAGED_RULE_GROUP",
            "ruleGroupList": [
                {"ruleGroupId": "AWS#AWSManagedRulesCommonRuleSet", "terminatingRule": None},
                {
                    "ruleGroupId": "AWS#AWSManagedRulesSQLiRuleSet",
                    "terminatingRule": {"ruleId": "SQLi_BODY", "action": "BLOCK"},
                },
            ],
        },
    ),
    RefusedCall(
        name="default-action",
        gate="web-acl",
        reason="Default_Action",
        access=BLOCKED,
        web_acl=ACL_LOG,
    ),
    RefusedCall(
        name="missing-scope",
        fact="orders:write",
        gate="authorizer",
        reason="missing_scope",
        access=refused(403, "ACCESS_DENIED", httpMethod="POST", authorizerStatus="403"),
        authorizer=line(
            "missing_scope",
            clientId="depot",
            requiredScope="orders:write",
            grantedScopes=["orders:read"],
        ),
    ),
    RefusedCall(
        name="unknown-client",
        gate="authorizer",
        reason="unknown_client",
        access=refused(403, "ACCESS_DENIED", reason="unknown_client", clientId="-"),
        authorizer=line("unknown_client"),
    ),
    RefusedCall(
        name="signing-failed",
        gate="authorizer",
        reason="signing_failed",
        access=refused(
            500, "AUTHORIZER_CONFIGURATION_ERROR", reason="-", authorizerError="Authorizer error"
        ),
        authorizer=line("signing_failed", decision="error"),
    ),
    RefusedCall(
        name="no-route",
        gate="route",
        reason="no such resource or method",
        access=refused(403, "MISSING_AUTHENTICATION_TOKEN", reason="-"),
    ),
    RefusedCall(
        name="throttled",
        fact="both alike",
        gate="throttle",
        reason="stage or usage plan",
        access=refused(429, "THROTTLED", reason="-"),
    ),
    RefusedCall(
        name="missing-parameter",
        gate="validation",
        reason="Missing required request parameters: [limit]",
        access=refused(
            400,
            "BAD_REQUEST_PARAMETERS",
            errorMessage="Missing required request parameters: [limit]",
        ),
    ),
    RefusedCall(
        name="invalid-body",
        gate="validation",
        reason="Invalid request body",
        access=refused(400, "BAD_REQUEST_BODY", errorMessage="Invalid request body"),
    ),
    RefusedCall(
        name="parameter-called-body",
        gate="validation",
        reason="Missing required request parameters: [body_type]",
        fact="parameter",
        access=refused(
            400,
            "BAD_REQUEST_PARAMETERS",
            errorMessage="Missing required request parameters: [body_type]",
        ),
    ),
    RefusedCall(
        name="too-large",
        gate="validation",
        reason="REQUEST_TOO_LARGE",
        fact="10 MB",
        access=refused(413, "REQUEST_TOO_LARGE", reason="-"),
    ),
    RefusedCall(
        name="backend-slow",
        gate="integration",
        reason="timeout",
        access=refused(504, "INTEGRATION_TIMEOUT"),
    ),
    RefusedCall(
        name="backend-away",
        gate="integration",
        reason="network error communicating with endpoint",
        access=refused(504, "INTEGRATION_FAILURE"),
    ),
    RefusedCall(
        name="backends-own",
        gate="backend",
        reason="",
        access=access(status="403", integrationStatus="403"),
    ),
)
