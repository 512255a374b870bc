"""The responses that API Gateway generates itself, as AWS gives them by default.

``ANSWERS`` is the only place with statuses, default bodies and error types.
Source: API Gateway Developer Guide, "Gateway response types".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portcullis.gateway.exchange import Layer

DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
ACCESS_DENIED_TEMPLATE = '{"Message":$context.error.messageString}'  # capital M, captured


class Evidence(StrEnum):
    """Where a value comes from: a public capture of AWS, AWS's documentation, or an inference."""

    CAPTURED = "captured"
    DOCUMENTED = "documented"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardAnswer:
    """One response that API Gateway generates; without ``type`` a program cannot customise it."""

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
        when="The Host header is not a custom domain, or differs from the TLS server name.",
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
        when="The API or stage does not exist.",
    ),
    "WEB_ACL_BLOCKED": StandardAnswer(
        type="WAF_FILTERED",
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.WEB_ACL,
        evidence=Evidence.DOCUMENTED,
        when="A rule or the default action of the web ACL blocks, without a custom response.",
    ),
    "BAD_PATH": StandardAnswer(
        type=None,
        status=400,
        error_type="BadRequestException",
        message="Bad Request",
        layer=Layer.ROUTE,
        evidence=Evidence.INFERRED,
        when="The path has a broken percent-encoding or an encoded control character.",
    ),
    "UNKNOWN_ROUTE": StandardAnswer(
        type="MISSING_AUTHENTICATION_TOKEN",
        status=403,
        error_type="MissingAuthenticationTokenException",
        message="Missing Authentication Token",
        layer=Layer.ROUTE,
        evidence=Evidence.CAPTURED,
        when="No resource has the path, or the resource lacks the method.",
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
        when="The rate and burst of the stage, the method or the usage plan are used up.",
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
        when="The method requires an API key, and no usage plan of the stage has the key sent.",
    ),
    "NO_IDENTITY_SOURCE": StandardAnswer(
        type="UNAUTHORIZED",
        status=401,
        error_type="UnauthorizedException",
        message="Unauthorized",
        layer=Layer.AUTHORIZER,
        evidence=Evidence.DOCUMENTED,
        when="Results are cached and an identity source is missing; no function is called.",
    ),
    "UNAUTHORIZED": StandardAnswer(
        type="UNAUTHORIZED",
        status=401,
        error_type="UnauthorizedException",
        message="Unauthorized",
        layer=Layer.AUTHORIZER,
        evidence=Evidence.DOCUMENTED,
        when="The authorizer raises an error with exactly the message Unauthorized.",
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
            "API Gateway may not invoke the authorizer, or it raises, times out or crashes, or its "
            "answer lacks a valid principal, policy and flat context."
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
        when="The body is not JSON or does not match the model of its content type.",
    ),
    "UNSUPPORTED_MEDIA_TYPE": StandardAnswer(
        type="UNSUPPORTED_MEDIA_TYPE",
        status=415,
        error_type="BadRequestException",
        message="Unsupported Media Type",
        layer=Layer.VALIDATION,
        evidence=Evidence.DOCUMENTED,
        when="No request template matches the content type, and passthrough is not allowed.",
    ),
    "REQUEST_TOO_LARGE": StandardAnswer(
        type=None,
        status=413,
        error_type="",
        message="HTTP content length exceeded 10485760 bytes.",
        layer=Layer.VALIDATION,
        evidence=Evidence.DOCUMENTED,
        when="The body is over 10 MB. The listener gives this response, in plain text.",
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
        when="The backend cannot be reached or violates HTTP. The status is documented.",
    ),
    "FUNCTION_FAILED": StandardAnswer(
        type="DEFAULT_5XX",
        status=502,
        error_type="InternalServerErrorException",
        message="Internal server error",
        layer=Layer.INTEGRATION,
        evidence=Evidence.INFERRED,
        when=(
            "The function of a Lambda proxy integration raises, times out or crashes, or its "
            "answer is not a response. The status is documented."
        ),
    ),
    "API_CONFIGURATION_ERROR": StandardAnswer(
        type="API_CONFIGURATION_ERROR",
        status=500,
        error_type="InternalServerErrorException",
        message="Internal server error",
        layer=Layer.INTEGRATION,
        evidence=Evidence.CAPTURED,
        when=(
            "A mapping or template gives a value that a request or response cannot hold, or API "
            "Gateway may not invoke the function of the integration."
        ),
    ),
    "INTERNAL": StandardAnswer(
        type=None,
        status=500,
        error_type="InternalServerErrorException",
        message="Internal server error",
        layer=Layer.INTEGRATION,
        evidence=Evidence.INFERRED,
        when="The gateway itself fails. The call does not pass.",
    ),
}
