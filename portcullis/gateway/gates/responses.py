"""Every answer that API Gateway gives itself: one table, and the program's overlay on it.

``ANSWERS`` is the only place that knows a status, a default body or an error type. The program may
replace them by gateway response type, as on AWS.
Source: API Gateway Developer Guide, "Gateway response types".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from portcullis.gateway.exchange import Layer, Response
from portcullis.gateway.gates.call import Call
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.template import Template, compile_simple
from portcullis.gateway.resources.unsupported import UnsupportedError

JSON = "application/json"
DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
ACCESS_DENIED_TEMPLATE = '{"Message":$context.error.messageString}'  # capital M, captured


class Evidence(StrEnum):
    """How we know: seen in a public capture of AWS, read in its documentation, or concluded."""

    CAPTURED = "captured"
    DOCUMENTED = "documented"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A situation in which API Gateway answers itself. Without a type no program changes it."""

    type: str | None
    status: int
    error_type: str
    message: str | None
    layer: Layer
    evidence: Evidence
    when: str
    template: str = DEFAULT_TEMPLATE


ANSWERS: Mapping[str, Answer] = {
    "UNTRUSTED_CERTIFICATE": Answer(
        type=None,
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.TRUSTSTORE,
        evidence=Evidence.DOCUMENTED,
        when="The client certificate does not chain to the truststore, is expired or is weak.",
    ),
    "DEFAULT_ENDPOINT_DISABLED": Answer(
        type=None,
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.DEFAULT_ENDPOINT,
        evidence=Evidence.DOCUMENTED,
        when="The default endpoint is called while the API has it disabled.",
    ),
    "UNKNOWN_DOMAIN": Answer(
        type=None,
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.CUSTOM_DOMAIN,
        evidence=Evidence.INFERRED,
        when="The Host header is no custom domain, or another one than the TLS server name.",
    ),
    "NO_BASE_PATH_MAPPING": Answer(
        type=None,
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.CUSTOM_DOMAIN,
        evidence=Evidence.DOCUMENTED,
        when="The custom domain has no base path mapping for the path.",
    ),
    "UNKNOWN_STAGE": Answer(
        type=None,
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.ROUTE,
        evidence=Evidence.DOCUMENTED,
        when="No such API or stage.",
    ),
    "WEB_ACL_BLOCKED": Answer(
        type="WAF_FILTERED",
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.WEB_ACL,
        evidence=Evidence.DOCUMENTED,
        when="A rule or the default action of the web ACL blocks; its custom response goes first.",
    ),
    "BAD_PATH": Answer(
        type=None,
        status=400,
        error_type="BadRequestException",
        message="Bad Request",
        layer=Layer.ROUTE,
        evidence=Evidence.INFERRED,
        when="The path has a broken percent-encoding or encodes a control character.",
    ),
    "UNKNOWN_ROUTE": Answer(
        type="MISSING_AUTHENTICATION_TOKEN",
        status=403,
        error_type="MissingAuthenticationTokenException",
        message="Missing Authentication Token",
        layer=Layer.ROUTE,
        evidence=Evidence.CAPTURED,
        when="No such resource, or not with this method.",
    ),
    "METHOD_ARN_TOO_LONG": Answer(
        type=None,
        status=414,
        error_type="RequestTooLongException",
        message="Request URI too long",
        layer=Layer.ROUTE,
        evidence=Evidence.INFERRED,
        when="The method ARN is over 1600 bytes on a route with an authorizer.",
    ),
    "THROTTLED": Answer(
        type="THROTTLED",
        status=429,
        error_type="TooManyRequestsException",
        message="Too Many Requests",
        layer=Layer.THROTTLE,
        evidence=Evidence.DOCUMENTED,
        when="The stage's, the method's or the usage plan's rate and burst are used up.",
    ),
    "QUOTA_EXCEEDED": Answer(
        type="QUOTA_EXCEEDED",
        status=429,
        error_type="LimitExceededException",
        message="Limit Exceeded",
        layer=Layer.THROTTLE,
        evidence=Evidence.DOCUMENTED,
        when="The usage plan's quota is used up.",
    ),
    "INVALID_API_KEY": Answer(
        type="INVALID_API_KEY",
        status=403,
        error_type="ForbiddenException",
        message="Forbidden",
        layer=Layer.AUTHORIZER,
        evidence=Evidence.CAPTURED,
        when="The method needs an API key, and none of the stage's usage plans has the one sent.",
    ),
    "NO_IDENTITY_SOURCE": Answer(
        type="UNAUTHORIZED",
        status=401,
        error_type="UnauthorizedException",
        message="Unauthorized",
        layer=Layer.AUTHORIZER,
        evidence=Evidence.DOCUMENTED,
        when="Results are cached and an identity source is missing: no function is called.",
    ),
    "UNAUTHORIZED": Answer(
        type="UNAUTHORIZED",
        status=401,
        error_type="UnauthorizedException",
        message="Unauthorized",
        layer=Layer.AUTHORIZER,
        evidence=Evidence.DOCUMENTED,
        when="The authorizer fails with exactly the words Unauthorized.",
    ),
    "IMPLICIT_DENY": Answer(
        type="ACCESS_DENIED",
        status=403,
        error_type="AccessDeniedException",
        message="User is not authorized to access this resource",
        layer=Layer.AUTHORIZER,
        evidence=Evidence.CAPTURED,
        when="No statement of the authorizer's policy allows the method.",
        template=ACCESS_DENIED_TEMPLATE,
    ),
    "EXPLICIT_DENY": Answer(
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
    "AUTHORIZER_FAILED": Answer(
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
    "BAD_REQUEST_PARAMETERS": Answer(
        type="BAD_REQUEST_PARAMETERS",
        status=400,
        error_type="BadRequestException",
        message="Missing required request parameters: […]",
        layer=Layer.VALIDATION,
        evidence=Evidence.CAPTURED,
        when="A required header, query or path parameter is missing or blank.",
    ),
    "BAD_REQUEST_BODY": Answer(
        type="BAD_REQUEST_BODY",
        status=400,
        error_type="BadRequestException",
        message="Invalid request body",
        layer=Layer.VALIDATION,
        evidence=Evidence.CAPTURED,
        when="The body is no JSON or does not fit the model of its content type.",
    ),
    "UNSUPPORTED_MEDIA_TYPE": Answer(
        type="UNSUPPORTED_MEDIA_TYPE",
        status=415,
        error_type="BadRequestException",
        message="Unsupported Media Type",
        layer=Layer.VALIDATION,
        evidence=Evidence.DOCUMENTED,
        when="No request template fits the content type, and passthrough is not allowed.",
    ),
    "REQUEST_TOO_LARGE": Answer(
        type=None,
        status=413,
        error_type="",
        message="HTTP content length exceeded 10485760 bytes.",
        layer=Layer.VALIDATION,
        evidence=Evidence.DOCUMENTED,
        when="The body is over 10 MB. The listener answers this one, in plain text.",
    ),
    "INTEGRATION_TIMEOUT": Answer(
        type="INTEGRATION_TIMEOUT",
        status=504,
        error_type="InternalServerErrorException",
        message="Endpoint request timed out",
        layer=Layer.INTEGRATION,
        evidence=Evidence.DOCUMENTED,
        when="The backend does not answer within the integration's timeout, 29 seconds at most.",
    ),
    "INTEGRATION_FAILURE": Answer(
        type="INTEGRATION_FAILURE",
        status=504,
        error_type="InternalServerErrorException",
        message="Network error communicating with endpoint",
        layer=Layer.INTEGRATION,
        evidence=Evidence.INFERRED,
        when="The backend cannot be reached or breaks the protocol. The status is documented.",
    ),
    "API_CONFIGURATION_ERROR": Answer(
        type="API_CONFIGURATION_ERROR",
        status=500,
        error_type="InternalServerErrorException",
        message="Internal server error",
        layer=Layer.INTEGRATION,
        evidence=Evidence.CAPTURED,
        when="A mapping or template gives something that no request or response can hold.",
    ),
    "INTERNAL": Answer(
        type=None,
        status=500,
        error_type="InternalServerErrorException",
        message="Internal server error",
        layer=Layer.INTEGRATION,
        evidence=Evidence.INFERRED,
        when="The gateway itself fails. Nothing passes.",
    ),
}

# The names that a program may customise, and the status each has on AWS by default.
RESPONSE_TYPES: Mapping[str, int | None] = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
    "EXPIRED_TOKEN": 403,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}

_HEADER = "gatewayresponse.header."


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What the program says of one gateway response type."""

    status: int | None
    headers: tuple[tuple[str, Template], ...]
    templates: Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class GatewayResponses:
    """The answers of one stage: AWS's table under the program's overlay."""

    overlays: Mapping[str, Overlay] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)

    def answer(
        self,
        call: Call,
        name: str,
        *,
        reason: str = "",
        message: str | None = None,
        validation_error: str = "",
    ) -> Response:
        """``reason`` is for the log; ``message`` replaces the standard words for the client."""
        standard = ANSWERS[name]
        context = call.context
        words = standard.message if message is None else message
        if words is not None:
            context["error.message"] = words
        context["error.messageString"] = json.dumps(words, ensure_ascii=False)
        if standard.type is not None:
            context["error.responseType"] = standard.type
        if validation_error:
            context["error.validationErrorString"] = validation_error
        overlay = self._overlay(standard)
        content_type, template = self._template(standard, overlay, call)
        headers: list[tuple[str, str]] = [
            ("Content-Type", content_type),
            ("x-amzn-ErrorType", standard.error_type),
        ]
        if overlay is not None:
            for header, value in overlay.headers:
                rendered = value.render(context, self.stage_variables)
                headers = [(n, v) for n, v in headers if n.lower() != header.lower()]
                headers.append((header, rendered))
        return Response(
            status=standard.status if overlay is None else overlay.status or standard.status,
            headers=tuple(headers),
            body=template.render(context, self.stage_variables).encode(),
            layer=standard.layer,
            reason=reason or name,
            error_type=standard.error_type,
        )

    def _overlay(self, standard: Answer) -> Overlay | None:
        if standard.type is None:
            return None
        own = self.overlays.get(standard.type)
        if own is not None:
            return own
        family = "DEFAULT_4XX" if standard.status < 500 else "DEFAULT_5XX"  # noqa: PLR2004
        return self.overlays.get(family)

    def _template(
        self, standard: Answer, overlay: Overlay | None, call: Call
    ) -> tuple[str, Template]:
        if overlay is None or not overlay.templates:
            return JSON, _STANDARD_TEMPLATES[standard.template]
        accepted = (call.request.header("accept") or JSON).split(",")[0].split(";")[0].strip()
        for content_type in (accepted, JSON):
            if content_type in overlay.templates:
                return content_type, overlay.templates[content_type]
        return next(iter(overlay.templates.items()))


_STANDARD_TEMPLATES = {
    text: compile_simple(text, place="gateway responses", escapes=True)
    for text in (DEFAULT_TEMPLATE, ACCESS_DENIED_TEMPLATE)
}


def overlays_of_body(extension: Block | None) -> dict[str, Overlay]:
    """``x-amazon-apigateway-gateway-responses`` of an OpenAPI body."""
    if extension is None:
        return {}
    return {name: overlay(name, extension.required_block(name)) for name in extension.names()}


def overlay(name: str, block: Block) -> Overlay:
    """One gateway response, from the body or a resource of its own: the names are the same."""
    if name not in RESPONSE_TYPES:
        raise UnsupportedError(block.place, f"AWS has no gateway response type {name}")
    if name == "REQUEST_TOO_LARGE" and block.names():
        # AWS takes the customisation and does not use it ("Important notes" of the guide).
        return Overlay(status=None, headers=(), templates={})
    return Overlay(
        status=_status(block),
        headers=tuple(_headers(block)),
        templates={
            content_type: compile_simple(text, place=block.place, escapes="json" in content_type)
            for content_type, text in block.text_map("responseTemplates").items()
        },
    )


def static_text(expression: str) -> str | None:
    """The text of a static mapping value ``'…'``, else None."""
    if len(expression) > 1 and expression[0] == expression[-1] == "'":
        return expression[1:-1]
    return None


def _headers(block: Block) -> list[tuple[str, Template]]:
    headers: list[tuple[str, Template]] = []
    for target, expression in block.text_map("responseParameters").items():
        if not target.startswith(_HEADER):
            raise UnsupportedError(block.place, f"{target} is not a {_HEADER}… parameter")
        text = static_text(expression)
        if text is not None:
            template = Template((text,), escapes=False)
        elif expression.startswith(("context.", "stageVariables.")):
            template = compile_simple(f"${expression}", place=block.place, escapes=True)
        else:
            raise UnsupportedError(block.place, f"the value {expression} is not emulated")
        headers.append((target.removeprefix(_HEADER), template))
    return headers


def _status(block: Block) -> int | None:
    written: Any = block.raw("statusCode")
    if written in (None, ""):
        return None
    status = block.integer("statusCode")
    if status is None or not 200 <= status <= 599:  # noqa: PLR2004 - what HTTP can end with
        raise UnsupportedError(block.place, f"the status {written} is no final HTTP status")
    return status
