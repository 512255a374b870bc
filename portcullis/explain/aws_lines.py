"""Reads one call from the lines that AWS writes: access, execution, authorizer and web ACL logs.

Sources: API Gateway Developer Guide, "Variables for access logging for API Gateway" and "Gateway
response types"; WAF Developer Guide, "Log fields for web ACL traffic".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from portcullis.explain.logged_call import ABSENT, LoggedCall, facts_of
from portcullis.gateway.exchange import Layer

_WEB_ACL_LOG = "The web ACL's log has no line for this call: check that it is on (aws-waf-logs-…)."
_AUTHORIZER_LOG = (
    "The authorizer's log has no line for this call: its answer was cached, or it did not start."
)
_EXECUTION_LOG = (
    "The execution log has no line for this call: set executionLogLevel to ERROR, let the partner "
    "call again, then ask again."
)
_ACCESS_DENIED = "Access denied. Reason: "  # execution log, when the truststore refuses

# Gate by `$context.error.responseType`. The reason of those with "" is in another log.
_BY_RESPONSE_TYPE: Mapping[str, tuple[Layer, str]] = {
    "WAF_FILTERED": (Layer.WEB_ACL, ""),
    "MISSING_AUTHENTICATION_TOKEN": (Layer.ROUTE, "no such resource or method"),
    "RESOURCE_NOT_FOUND": (Layer.ROUTE, "no such resource"),
    "THROTTLED": (Layer.THROTTLE, "stage or usage plan"),
    "QUOTA_EXCEEDED": (Layer.THROTTLE, "quota"),
    "UNAUTHORIZED": (Layer.AUTHORIZER, "NO_IDENTITY_SOURCE"),
    "ACCESS_DENIED": (Layer.AUTHORIZER, ""),
    "INVALID_API_KEY": (Layer.AUTHORIZER, "INVALID_API_KEY"),
    "AUTHORIZER_FAILURE": (Layer.AUTHORIZER, ""),
    "AUTHORIZER_CONFIGURATION_ERROR": (Layer.AUTHORIZER, ""),
    "BAD_REQUEST_PARAMETERS": (Layer.VALIDATION, ""),
    "BAD_REQUEST_BODY": (Layer.VALIDATION, "Invalid request body"),
    "REQUEST_TOO_LARGE": (Layer.VALIDATION, "REQUEST_TOO_LARGE"),
    "UNSUPPORTED_MEDIA_TYPE": (Layer.VALIDATION, "Unsupported Media Type"),
    "API_CONFIGURATION_ERROR": (Layer.INTEGRATION, ""),
    "INTEGRATION_FAILURE": (Layer.INTEGRATION, "network error communicating with endpoint"),
    "INTEGRATION_TIMEOUT": (Layer.INTEGRATION, "timeout"),
}


def logged_call(
    access: Mapping[str, Any],
    *,
    authorizer: Mapping[str, Any],
    web_acl: Mapping[str, Any],
    execution: Sequence[str],
) -> LoggedCall:
    """The call of a line of the access log; the other lines may be empty."""
    facts = facts_of(access, authorizer)
    rule = terminating_rule(web_acl)
    if rule:
        facts["rule"] = rule
    gate, reason, hints = _located(access, authorizer, rule, execution)
    return LoggedCall(
        request_id=_text(access, "requestId"),
        other_ids=(_text(access, "extendedRequestId"),),
        time=_number(access, "requestTime", 1000),
        status=int(_number(access, "status") or 0) or None,
        method=_text(access, "httpMethod"),
        path=_text(access, "path"),
        gate=gate,
        reason=reason,
        duration_ms=_number(access, "responseLatency"),
        facts=facts,
        hints=hints,
    )


def terminating_rule(web_acl: Mapping[str, Any]) -> str:
    """The rule that ended the evaluation, as GROUP/RULE for one of a rule group; may be empty."""
    if web_acl.get("action") in (None, "ALLOW"):
        return ""
    groups = web_acl.get("ruleGroupList")
    for group in groups if isinstance(groups, list) else ():
        inner = group.get("terminatingRule") if isinstance(group, Mapping) else None
        if isinstance(inner, Mapping):
            name = str(group.get("ruleGroupId", "")).rpartition("#")[2]
            return f"{name}/{inner.get('ruleId', '')}"
    return str(web_acl.get("terminatingRuleId") or "")


def _located(
    access: Mapping[str, Any], authorizer: Mapping[str, Any], rule: str, execution: Sequence[str]
) -> tuple[Layer, str, tuple[str, ...]]:
    """Gate, reason, and a hint where the reason is in a log without a line of this call."""
    response_type = _text(access, "errorResponseType")
    if rule or response_type == "WAF_FILTERED" or _text(access, "wafResponse") == "WAF_BLOCK":
        return Layer.WEB_ACL, rule, () if rule else (_WEB_ACL_LOG,)
    if response_type in _BY_RESPONSE_TYPE:
        gate, reason = _BY_RESPONSE_TYPE[response_type]
        if gate is Layer.AUTHORIZER and not reason:
            return _by_the_authorizer(access, authorizer)
        return gate, reason or _text(access, "errorMessage"), ()
    if _text(access, "integrationStatus"):
        return Layer.BACKEND, "", ()
    return _without_response_type(access, execution)


def _without_response_type(
    access: Mapping[str, Any], execution: Sequence[str]
) -> tuple[Layer, str, tuple[str, ...]]:
    """No known gateway response, and no answer of the backend."""
    response_type, status = _text(access, "errorResponseType"), _number(access, "status") or 0
    if status == 403 and not response_type:  # noqa: PLR2004 - HTTP Forbidden
        return _untrusted(execution)
    said = _text(access, "integrationError") or _text(access, "errorMessage") or response_type
    if status >= 400:  # noqa: PLR2004 - HTTP's errors
        hints = () if execution else (_EXECUTION_LOG,)
        return Layer.INTEGRATION, said or "the access log does not say why", hints
    return Layer.INTEGRATION, said, ()


def _by_the_authorizer(
    access: Mapping[str, Any], authorizer: Mapping[str, Any]
) -> tuple[Layer, str, tuple[str, ...]]:
    """A Deny has its reason in the context; an Allow without this route has the reason ok."""
    hints = () if authorizer else (_AUTHORIZER_LOG,)
    if _text(access, "errorResponseType") != "ACCESS_DENIED":
        reason = str(authorizer.get("reason") or _text(access, "authorizerError"))
        return Layer.AUTHORIZER, reason, hints
    reason = _text(access, "reason") or _text(authorizer, "reason")
    if reason == "ok":
        return Layer.AUTHORIZER, "missing_scope", hints
    return Layer.AUTHORIZER, reason, () if reason else hints


def _untrusted(execution: Sequence[str]) -> tuple[Layer, str, tuple[str, ...]]:
    """A 403 of no gateway response: the truststore, whose reason only the execution log has."""
    for line in execution:
        if _ACCESS_DENIED in line:
            return Layer.TRUSTSTORE, line.partition(_ACCESS_DENIED)[2].strip(), ()
    return Layer.TRUSTSTORE, "", (_EXECUTION_LOG,)


def _text(line: Mapping[str, Any], name: str) -> str:
    value = line.get(name)
    return "" if value is None or value == ABSENT else str(value)


def _number(line: Mapping[str, Any], name: str, divisor: int = 1) -> float | None:
    try:
        return float(_text(line, name)) / divisor
    except ValueError:
        return None
