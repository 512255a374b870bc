"""The responses that API Gateway generates itself, as AWS gives them by default.

``ANSWERS`` is the only place with statuses, default bodies and error types.
Source: API Gateway Developer Guide, "Gateway response types".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from portcullis.gateway.exchange import Layer

DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
ACCESS_DENIED_TEMPLATE = '{"Message":$context.error.messageString}'  # capital M, captured


@dataclass(frozen=True, slots=True)
class StandardAnswer:
    """One response that API Gateway generates; without ``type`` a program cannot customise it."""

    layer: Layer
    when: str
    status: int
    error_type: str
    message: str | None
    type: str | None = None
    template: str = DEFAULT_TEMPLATE


def _forbidden(layer: Layer, when: str, type_: str | None = None) -> StandardAnswer:
    return StandardAnswer(layer, when, 403, "ForbiddenException", "Forbidden", type_)


def _internal_error(status: int, when: str, type_: str | None = None) -> StandardAnswer:
    error, message = "InternalServerErrorException", "Internal server error"
    return StandardAnswer(Layer.INTEGRATION, when, status, error, message, type_)


ANSWERS: Mapping[str, StandardAnswer] = {
    "UNTRUSTED_CERTIFICATE": _forbidden(
        Layer.TRUSTSTORE,
        "The client certificate does not chain to the truststore, is expired or is weak.",
    ),
    "DEFAULT_ENDPOINT_DISABLED": _forbidden(
        Layer.DEFAULT_ENDPOINT, "The default endpoint is called while the API has it disabled."
    ),
    "UNKNOWN_DOMAIN": _forbidden(
        Layer.CUSTOM_DOMAIN,
        "The Host header is not a custom domain, or differs from the TLS server name.",
    ),
    "NO_BASE_PATH_MAPPING": _forbidden(
        Layer.CUSTOM_DOMAIN, "The custom domain has no base path mapping for the path."
    ),
    "UNKNOWN_STAGE": _forbidden(Layer.ROUTE, "The API or stage does not exist."),
    "WEB_ACL_BLOCKED": _forbidden(
        Layer.WEB_ACL,
        "A rule or the default action of the web ACL blocks, without a custom response.",
        type_="WAF_FILTERED",
    ),
    "BAD_PATH": StandardAnswer(
        Layer.ROUTE,
        "The path has a broken percent-encoding or an encoded control character.",
        status=400,
        error_type="BadRequestException",
        message="Bad Request",
    ),
    "UNKNOWN_ROUTE": StandardAnswer(
        Layer.ROUTE,
        "No resource has the path, or the resource lacks the method.",
        status=403,
        error_type="MissingAuthenticationTokenException",
        message="Missing Authentication Token",
        type="MISSING_AUTHENTICATION_TOKEN",
    ),
    "METHOD_ARN_TOO_LONG": StandardAnswer(
        Layer.ROUTE,
        "The method ARN is over 1600 bytes on a route with an authorizer.",
        status=414,
        error_type="RequestTooLongException",
        message="Request URI too long",
    ),
    "THROTTLED": StandardAnswer(
        Layer.THROTTLE,
        "The rate and burst of the stage, the method or the usage plan are used up.",
        status=429,
        error_type="TooManyRequestsException",
        message="Too Many Requests",
        type="THROTTLED",
    ),
    "QUOTA_EXCEEDED": StandardAnswer(
        Layer.THROTTLE,
        "The usage plan's quota is used up.",
        status=429,
        error_type="LimitExceededException",
        message="Limit Exceeded",
        type="QUOTA_EXCEEDED",
    ),
    "INVALID_API_KEY": _forbidden(
        Layer.AUTHORIZER,
        "The method requires an API key, and no usage plan of the stage has the key sent.",
        type_="INVALID_API_KEY",
    ),
    "NO_IDENTITY_SOURCE": StandardAnswer(
        Layer.AUTHORIZER,
        "Results are cached and an identity source is missing; no function is called.",
        status=401,
        error_type="UnauthorizedException",
        message="Unauthorized",
        type="UNAUTHORIZED",
    ),
    "UNAUTHORIZED": StandardAnswer(
        Layer.AUTHORIZER,
        "The authorizer raises an error with exactly the message Unauthorized.",
        status=401,
        error_type="UnauthorizedException",
        message="Unauthorized",
        type="UNAUTHORIZED",
    ),
    "IMPLICIT_DENY": StandardAnswer(
        Layer.AUTHORIZER,
        "No statement of the authorizer's policy allows the method.",
        status=403,
        error_type="AccessDeniedException",
        message="User is not authorized to access this resource",
        type="ACCESS_DENIED",
        template=ACCESS_DENIED_TEMPLATE,
    ),
    "EXPLICIT_DENY": StandardAnswer(
        Layer.AUTHORIZER,
        "A statement of the authorizer's policy denies the method.",
        status=403,
        error_type="AccessDeniedException",
        message=(
            "User is not authorized to access this resource with an explicit deny in an "
            "identity-based policy"
        ),
        type="ACCESS_DENIED",
        template=ACCESS_DENIED_TEMPLATE,
    ),
    "AUTHORIZER_FAILED": StandardAnswer(
        Layer.AUTHORIZER,
        (
            "API Gateway may not invoke the authorizer, or it raises, times out or crashes, "
            "or its answer lacks a valid principal, policy and flat context."
        ),
        status=500,
        error_type="AuthorizerConfigurationException",
        message=None,
        type="AUTHORIZER_CONFIGURATION_ERROR",
    ),
    "BAD_REQUEST_PARAMETERS": StandardAnswer(
        Layer.VALIDATION,
        "A required header, query or path parameter is missing or blank.",
        status=400,
        error_type="BadRequestException",
        message="Missing required request parameters: […]",
        type="BAD_REQUEST_PARAMETERS",
    ),
    "BAD_REQUEST_BODY": StandardAnswer(
        Layer.VALIDATION,
        "The body is not JSON or does not match the model of its content type.",
        status=400,
        error_type="BadRequestException",
        message="Invalid request body",
        type="BAD_REQUEST_BODY",
    ),
    "UNSUPPORTED_MEDIA_TYPE": StandardAnswer(
        Layer.VALIDATION,
        "No request template matches the content type, and passthrough is not allowed.",
        status=415,
        error_type="BadRequestException",
        message="Unsupported Media Type",
        type="UNSUPPORTED_MEDIA_TYPE",
    ),
    "REQUEST_TOO_LARGE": StandardAnswer(
        Layer.VALIDATION,
        "The body is over 10 MB. The listener gives this response, in plain text.",
        status=413,
        error_type="",
        message="HTTP content length exceeded 10485760 bytes.",
    ),
    "INTEGRATION_TIMEOUT": StandardAnswer(
        Layer.INTEGRATION,
        "The backend does not answer within the integration's timeout, 29 seconds at most.",
        status=504,
        error_type="InternalServerErrorException",
        message="Endpoint request timed out",
        type="INTEGRATION_TIMEOUT",
    ),
    "INTEGRATION_FAILURE": StandardAnswer(
        Layer.INTEGRATION,
        "The backend cannot be reached or violates HTTP. The status is documented.",
        status=504,
        error_type="InternalServerErrorException",
        message="Network error communicating with endpoint",
        type="INTEGRATION_FAILURE",
    ),
    "FUNCTION_FAILED": _internal_error(
        502,
        (
            "The function of a Lambda proxy integration raises, times out or crashes, or its "
            "answer is not a response. The status is documented."
        ),
        type_="DEFAULT_5XX",
    ),
    "API_CONFIGURATION_ERROR": _internal_error(
        500,
        (
            "A mapping or template gives a value that a request or response cannot hold, or "
            "API Gateway may not invoke the function of the integration."
        ),
        type_="API_CONFIGURATION_ERROR",
    ),
    "INTERNAL": _internal_error(500, "The gateway itself fails. The call does not pass."),
}
