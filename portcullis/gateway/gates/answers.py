"""The responses that API Gateway generates itself, as AWS gives them by default.

``ANSWERS`` is the only place that knows a status, a default body or an error type.
Source: API Gateway Developer Guide, "Gateway response types".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portcullis.gateway.exchange import Layer

DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
ACCESS_DENIED_TEMPLATE = '{"Message":$context.error.messageString}'  # capital M, captured


class Evidence(StrEnum):
    """How we know: seen in a public capture of AWS, read in its documentation, or concluded."""

    CAPTURED = "captured"
    DOCUMENTED = "documented"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardAnswer:
    """A situation in which API Gateway answers itself. Without a type no program changes it."""

    type: str | None
    status: int
    error_type: str
    message: str | None
    layer: Layer
    evidence: Evidence
    when: str
    template: str = DEFAULT_TEMPLATE


ANSWERS: Mapping[str, StandardAnswer] = {
    "UNTRUSTED_CERTIFICATE": StandardAnswer(
        type=None,
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.TRUSTSTORE,
        evidence=Evidence.DOCUMENTED,
        when="The client certificate does not chain to the truststore, is expired or is weak.",
    ),
    "DEFAULT_ENDPOINT_DISABLED": StandardAnswer(
        type=None,
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.DEFAULT_ENDPOINT,
        evidence=Evidence.DOCUMENTED,
        when="The default endpoint is called while the API has it disabled.",
    ),
    "UNKNOWN_DOMAIN": StandardAnswer(
        type=None,
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.CUSTOM_DOMAIN,
        evidence=Evidence.INFERRED,
        when="The Host header is no custom domain, or another one than the TLS server name.",
    ),
    "NO_BASE_PATH_MAPPING": StandardAnswer(
        type=None,
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.CUSTOM_DOMAIN,
        evidence=Evidence.DOCUMENTED,
        when="The custom domain has no base path mapping for the path.",
    ),
    "UNKNOWN_STAGE": StandardAnswer(
        type=None,
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.ROUTE,
        evidence=Evidence.DOCUMENTED,
        when="No such API or stage.",
    ),
    "WEB_ACL_BLOCKED": StandardAnswer(
        type="WAF_FILTERED",
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.WEB_ACL,
        evidence=Evidence.DOCUMENTED,
        when="A rule or the default action of the web ACL blocks; its custom response goes first.",
    ),
    "BAD_PATH": StandardAnswer(
        type=None,
        status=400,
        error_type="BadRequestException",
        message="Bad Request",
        layer=Layer.ROUTE,
        evidence=Evidence.INFERRED,
        when="The path has a broken percent-encoding or encodes a control character.",
    ),
    "UNKNOWN_ROUTE": StandardAnswer(
        type="MISSING_AUTHENTICATION_TOKEN",
        status=403,
        error_type="MissingAuthenticationTokenException",
        message="Missing Authentication Token",
        layer=Layer.ROUTE,
        evidence=Evidence.CAPTURED,
        when="No such resource, or not with this method.",
    ),
    "METHOD_ARN_TOO_LONG": StandardAnswer(
        type=None,
        status=414,
        error_type="RequestTooLongException",
        message="Request URI too long",
        layer=Layer.ROUTE,
        evidence=Evidence.INFERRED,
        when="The method ARN is over 1600 bytes on a route with an authorizer.",
    ),
    "THROTTLED": StandardAnswer(
        type="THROTTLED",
        status=429,
        error_type="TooManyRequestsException",
        message="Too Many Requests",
        layer=Layer.THROTTLE,
        evidence=Evidence.DOCUMENTED,
        when="The stage's, the method's or the usage plan's rate and burst are used up.",
    ),
    "QUOTA_EXCEEDED": StandardAnswer(
        type="QUOTA_EXCEEDED",
        status=429,
        error_type="LimitExceededException",
        message="Limit Exceeded",
        layer=Layer.THROTTLE,
        evidence=Evidence.DOCUMENTED,
        when="The usage plan's quota is used up.",
    ),
    "INVALID_API_KEY": StandardAnswer(
        type="INVALID_API_KEY",
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.AUTHORIZER,
        evidence=Evidence.CAPTURED,
        when="The method needs an API key, and none of the stage's usage plans has the one sent.",
    ),
    "NO_IDENTITY_SOURCE": StandardAnswer(
        type="UNAUTHORIZED",
        status=401,
        error_type="UnauthorizedException",
        message="Unauthorized",
        layer=Layer.AUTHORIZER,
        evidence=Evidence.DOCUMENTED,
        when="Results are cached and an identity source is missing: no function is called.",
    ),
    "UNAUTHORIZED": StandardAnswer(
        type="UNAUTHORIZED",
        status=401,
        error_type="UnauthorizedException",
        message="Unauthorized",
        layer=Layer.AUTHORIZER,
        evidence=Evidence.DOCUMENTED,
        when="The authorizer fails with exactly the words Unauthorized.",
    ),
    "IMPLICIT_DENY": StandardAnswer(
        type="ACCESS_DENIED",
        status=403,
        error_type="AccessDeniedException",
        message="User is not authorized to access this resource",
        layer=Layer.AUTHORIZER,
        evidence=Evidence.CAPTURED,
        when="No statement of the authorizer's policy allows the method.",
        template=ACCESS_DENIED_TEMPLATE,
    ),
    "EXPLICIT_DENY": StandardAnswer(
        type="ACCESS_DENIED",
        status=403,
        error_type="AccessDeniedException",
        message=(
            "User is not authorized to access this resource with an explicit deny in an "
            "identity-based policy"
        ),
        layer=Layer.AUTHORIZER,
        evidence=Evidence.CAPTURED,
        when="A statement of the authorizer's policy denies the method.",
        template=ACCESS_DENIED_TEMPLATE,
    ),
    "AUTHORIZER_FAILED": StandardAnswer(
        type="AUTHORIZER_CONFIGURATION_ERROR",
        status=500,
        error_type="AuthorizerConfigurationException",
        message=None,
        layer=Layer.AUTHORIZER,
        evidence=Evidence.CAPTURED,
        when=(
            "The authorizer may not be invoked, raises, times out, crashes, or its answer is no "
            "principal, policy and flat context."
        ),
    ),
    "BAD_REQUEST_PARAMETERS": StandardAnswer(
        type="BAD_REQUEST_PARAMETERS",
        status=400,
        error_type="BadRequestException",
        message="Missing required request parameters: […]",
        layer=Layer.VALIDATION,
        evidence=Evidence.CAPTURED,
        when="A required header, query or path parameter is missing or blank.",
    ),
    "BAD_REQUEST_BODY": StandardAnswer(
        type="BAD_REQUEST_BODY",
        status=400,
        error_type="BadRequestException",
        message="Invalid request body",
        layer=Layer.VALIDATION,
        evidence=Evidence.CAPTURED,
        when="The body is no JSON or does not fit the model of its content type.",
    ),
    "UNSUPPORTED_MEDIA_TYPE": StandardAnswer(
        type="UNSUPPORTED_MEDIA_TYPE",
        status=415,
        error_type="BadRequestException",
        message="Unsupported Media Type",
        layer=Layer.VALIDATION,
        evidence=Evidence.DOCUMENTED,
        when="No request template fits the content type, and passthrough is not allowed.",
    ),
    "REQUEST_TOO_LARGE": StandardAnswer(
        type=None,
        status=413,
        error_type="",
        message="HTTP content length exceeded 10485760 bytes.",
        layer=Layer.VALIDATION,
        evidence=Evidence.DOCUMENTED,
        when="The body is over 10 MB. The listener answers this one, in plain text.",
    ),
    "INTEGRATION_TIMEOUT": StandardAnswer(
        type="INTEGRATION_TIMEOUT",
        status=504,
        error_type="InternalServerErrorException",
        message="Endpoint request timed out",
        layer=Layer.INTEGRATION,
        evidence=Evidence.DOCUMENTED,
        when="The backend does not answer within the integration's timeout, 29 seconds at most.",
    ),
    "INTEGRATION_FAILURE": StandardAnswer(
        type="INTEGRATION_FAILURE",
        status=504,
        error_type="InternalServerErrorException",
        message="Network error communicating with endpoint",
        layer=Layer.INTEGRATION,
        evidence=Evidence.INFERRED,
        when="The backend cannot be reached or breaks the protocol. The status is documented.",
    ),
    "API_CONFIGURATION_ERROR": StandardAnswer(
        type="API_CONFIGURATION_ERROR",
        status=500,
        error_type="InternalServerErrorException",
        message="Internal server error",
        layer=Layer.INTEGRATION,
        evidence=Evidence.CAPTURED,
        when="A mapping or template gives something that no request or response can hold.",
    ),
    "INTERNAL": StandardAnswer(
        type=None,
        status=500,
        error_type="InternalServerErrorException",
        message="Internal server error",
        layer=Layer.INTEGRATION,
        evidence=Evidence.INFERRED,
        when="The gateway itself fails. Nothing passes.",
    ),
}
