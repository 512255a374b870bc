"""Limits of REST APIs, stages, domains and usage plans."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from portcullis.awsmodels.finding import FaultKind
from portcullis.awsmodels.limits.limit import Limit, at_most_bytes, at_most_entries, within
from portcullis.awsmodels.requests.api_gateway import body_of, operations
from portcullis.graph.resource import UNKNOWN

REST_API: Final = "aws:apigateway/restApi:RestApi"
STAGE: Final = "aws:apigateway/stage:Stage"
METHOD_SETTINGS: Final = "aws:apigateway/methodSettings:MethodSettings"
USAGE_PLAN: Final = "aws:apigateway/usagePlan:UsagePlan"
QUOTAS: Final = "API Gateway Developer Guide, Quotas for configuring and running a REST API"
MAX_BODY_BYTES: Final = 6 * 1024 * 1024
MAX_AUTHORIZERS: Final = 10
MAX_RESOURCES: Final = 300
MAX_TIMEOUT_MS: Final = 29_000
MIN_TIMEOUT_MS: Final = 50


def _variables(value: Any, _: Mapping[str, Any]) -> str | None:
    for name, text in value.items():
        if not re.fullmatch(r"[A-Za-z0-9_]+", name):
            return f"the name {name!r} is not of that form"
        if text != UNKNOWN and not re.fullmatch(r"[A-Za-z0-9\-._~:/?#&=,]{0,512}", str(text)):
            return f"the value of {name} is not of that form"
    return None


def _log_variables(value: Any, _: Mapping[str, Any]) -> str | None:
    if "$context.requestId" in str(value) or "$context.extendedRequestId" in str(value):
        return None
    return "it names neither $context.requestId nor $context.extendedRequestId"


def _with_mutual_tls(value: Any, inputs: Mapping[str, Any]) -> str | None:
    if inputs.get("mutualTlsAuthentication") is None or value == "TLS_1_2":
        return None
    return f"{value} does not go with mutual TLS"


def _regional(value: Any, inputs: Mapping[str, Any]) -> str | None:
    types = inputs.get("endpointConfiguration") or {}
    kind = types.get("types") if isinstance(types, Mapping) else None
    kinds = [kind] if isinstance(kind, str) else kind or []
    if value is None or kinds in (["REGIONAL"], [UNKNOWN]):
        return None
    return f"the domain is {', '.join(kinds) or 'EDGE'}, and mutual TLS needs a regional one"


def _truststore(value: Any, _: Mapping[str, Any]) -> str | None:
    pattern = r"s3://[a-z0-9.-]{3,63}/.+"
    return None if re.fullmatch(pattern, str(value)) else f"{value!r} is not of that form"


def _authorizers(_: Any, inputs: Mapping[str, Any]) -> str | None:
    schemes = ((body_of(inputs) or {}).get("components") or {}).get("securitySchemes") or {}
    key = "x-amazon-apigateway-authorizer"
    count = sum(isinstance(scheme, Mapping) and key in scheme for scheme in schemes.values())
    return f"it has {count} authorizers" if count > MAX_AUTHORIZERS else None


def _resources(_: Any, inputs: Mapping[str, Any]) -> str | None:
    paths = (body_of(inputs) or {}).get("paths") or {}
    nodes = {"/"}
    for path in paths:
        parts = path.strip("/").split("/")
        nodes |= {"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
    return f"it has {len(nodes)} resources" if len(nodes) > MAX_RESOURCES else None


def _timeouts(_: Any, inputs: Mapping[str, Any]) -> str | None:
    for place, operation in operations(body_of(inputs) or {}):
        integration = operation.get("x-amazon-apigateway-integration")
        limit = integration.get("timeoutInMillis") if isinstance(integration, Mapping) else None
        if isinstance(limit, int) and not MIN_TIMEOUT_MS <= limit <= MAX_TIMEOUT_MS:
            return f"{place} waits {limit} ms"
    return None


def _too_large(_: Any, inputs: Mapping[str, Any]) -> str | None:
    answers = (body_of(inputs) or {}).get("x-amazon-apigateway-gateway-responses") or {}
    return "REQUEST_TOO_LARGE is customised" if "REQUEST_TOO_LARGE" in answers else None


def _models(_: Any, inputs: Mapping[str, Any]) -> str | None:
    schemas = ((body_of(inputs) or {}).get("components") or {}).get("schemas") or {}
    strange = next((name for name in schemas if not re.fullmatch(r"[a-zA-Z0-9]+", name)), None)
    return f"the model name {strange!r} is not of that form" if strange else None


def _body(accepted: str, source: str, kind: FaultKind, breaks: Any) -> Limit:
    return Limit(
        types=(REST_API,),
        property="body",
        operation="apigateway:PutRestApi",
        kind=kind,
        accepted=accepted,
        source=source,
        breaks=breaks,
    )


ROWS: Final[Sequence[Limit]] = (
    _body("at most 6 MB", QUOTAS, FaultKind.LENGTH, at_most_bytes(MAX_BODY_BYTES)),
    _body("at most 10 authorizers", QUOTAS, FaultKind.QUOTA, _authorizers),
    _body("at most 300 resources", QUOTAS, FaultKind.QUOTA, _resources),
    _body("timeoutInMillis from 50 to 29,000", QUOTAS, FaultKind.RANGE, _timeouts),
    _body(
        "model names of letters and digits",
        "API Gateway API Reference, CreateModel: name",
        FaultKind.PATTERN,
        _models,
    ),
    _body(
        "any other gateway response",
        "API Gateway Developer Guide, Monitor REST API execution: 413 cannot be customised",
        FaultKind.UNAVAILABLE,
        _too_large,
    ),
    Limit(
        types=(REST_API,),
        property="minimumCompressionSize",
        operation="apigateway:CreateRestApi",
        kind=FaultKind.RANGE,
        accepted="0 to 10,485,760 bytes",
        source="API Gateway API Reference, CreateRestApi: minimumCompressionSize",
        breaks=within(-1, 10_485_760),
    ),
    Limit(
        types=(STAGE,),
        property="stageName",
        operation="apigateway:CreateStage",
        kind=FaultKind.PATTERN,
        accepted="1 to 128 letters, digits, hyphens and underscores",
        source="API Gateway API Reference, CreateStage: stageName",
        breaks=lambda value, _: (
            None
            if re.fullmatch(r"[A-Za-z0-9_-]{1,128}", str(value))
            else f"{value!r} is not of that form"
        ),
    ),
    Limit(
        types=(STAGE,),
        property="variables",
        operation="apigateway:CreateStage",
        kind=FaultKind.PATTERN,
        accepted="names of letters, digits and _, values of up to 512 out of A-Za-z0-9-._~:/?#&=,",
        source="API Gateway API Reference, CreateStage: variables",
        breaks=_variables,
    ),
    Limit(
        types=(STAGE,),
        property="variables",
        operation="apigateway:CreateStage",
        kind=FaultKind.QUOTA,
        accepted="at most 100 stage variables",
        source=QUOTAS,
        breaks=at_most_entries(100),
    ),
    Limit(
        types=(STAGE,),
        property="accessLogSettings.format",
        operation="apigateway:UpdateStage",
        kind=FaultKind.LENGTH,
        accepted="at most 3,072 bytes",
        source=QUOTAS + ", access log template",
        breaks=at_most_bytes(3072),
    ),
    Limit(
        types=(STAGE,),
        property="accessLogSettings.format",
        operation="apigateway:UpdateStage",
        kind=FaultKind.REQUIRED,
        accepted="$context.requestId or $context.extendedRequestId in the format",
        source="API Gateway Developer Guide, Set up CloudWatch logging for REST APIs",
        breaks=_log_variables,
    ),
    Limit(
        types=(METHOD_SETTINGS,),
        property="settings.loggingLevel",
        operation="apigateway:UpdateStage",
        kind=FaultKind.ENUM,
        accepted="OFF, ERROR, INFO",
        source="API Gateway API Reference, MethodSetting: loggingLevel",
        breaks=lambda value, _: None if value in {"OFF", "ERROR", "INFO"} else f"{value!r} is none",
    ),
    Limit(
        types=(METHOD_SETTINGS,),
        property="settings.throttlingRateLimit",
        operation="apigateway:UpdateStage",
        kind=FaultKind.QUOTA,
        accepted="at most 10,000 requests a second, the account's own limit",
        source=QUOTAS,
        breaks=within(-1, 10_000),
    ),
    Limit(
        types=(METHOD_SETTINGS,),
        property="settings.throttlingBurstLimit",
        operation="apigateway:UpdateStage",
        kind=FaultKind.QUOTA,
        accepted="at most 5,000 requests, the account's own limit",
        source=QUOTAS,
        breaks=within(-1, 5_000),
    ),
    Limit(
        types=("aws:apigateway/domainName:DomainName",),
        property="securityPolicy",
        operation="apigateway:CreateDomainName",
        kind=FaultKind.UNAVAILABLE,
        accepted="TLS_1_2 on a domain with mutual TLS",
        source="API Gateway Developer Guide, Security policies for REST APIs",
        breaks=_with_mutual_tls,
    ),
    Limit(
        types=("aws:apigateway/domainName:DomainName",),
        property="mutualTlsAuthentication",
        operation="apigateway:CreateDomainName",
        kind=FaultKind.UNAVAILABLE,
        accepted="a REGIONAL domain",
        source="API Gateway Developer Guide, Mutual TLS authentication for REST APIs",
        breaks=_regional,
    ),
    Limit(
        types=("aws:apigateway/domainName:DomainName",),
        property="mutualTlsAuthentication.truststoreUri",
        operation="apigateway:CreateDomainName",
        kind=FaultKind.PATTERN,
        accepted="s3://BUCKET/KEY",
        source="API Gateway API Reference, MutualTlsAuthenticationInput: truststoreUri",
        breaks=_truststore,
    ),
    Limit(
        types=("aws:apigateway/apiKey:ApiKey",),
        property="value",
        operation="apigateway:CreateApiKey",
        kind=FaultKind.LENGTH,
        accepted="20 to 128 characters",
        source="API Gateway Developer Guide, API key file format",
        breaks=lambda value, _: (
            None if 20 <= len(str(value)) <= 128 else f"it has {len(str(value))} characters"  # noqa: PLR2004 - the row names them
        ),
    ),
    Limit(
        types=(USAGE_PLAN,),
        property="quotaSettings.period",
        operation="apigateway:CreateUsagePlan",
        kind=FaultKind.ENUM,
        accepted="DAY, WEEK, MONTH",
        source="API Gateway API Reference, QuotaSettings: period",
        breaks=lambda value, _: None if value in {"DAY", "WEEK", "MONTH"} else f"{value!r} is none",
    ),
)
