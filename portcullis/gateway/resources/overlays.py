"""Reads customised gateway responses: status, headers and templates.

A program customises them in the OpenAPI body or with ``aws:apigateway/response:Response``; the
properties have the same names.
Source: API Gateway Developer Guide, "Gateway response types".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.template import Template, compile_simple
from portcullis.gateway.resources.unsupported import UnsupportedError

# The types that a program may customise, with their default status on AWS.
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
    """The customisation of one gateway response type."""

    status: int | None
    headers: tuple[tuple[str, Template], ...]
    templates: Mapping[str, Template]


def overlays_of_body(extension: Block | None) -> dict[str, Overlay]:
    """``x-amazon-apigateway-gateway-responses`` of an OpenAPI body."""
    if extension is None:
        return {}
    return {name: overlay(name, extension.required_block(name)) for name in extension.names()}


def overlay(name: str, block: Block) -> Overlay:
    """Reads one customised gateway response. Raises UnsupportedError."""
    if name not in RESPONSE_TYPES:
        raise UnsupportedError(block.place, f"AWS has no gateway response type {name}")
    if name == "REQUEST_TOO_LARGE" and block.names():
        # AWS accepts this customisation but does not apply it ("Important notes" of the guide).
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
    """The text of a static mapping value ``'…'``, or None for another value."""
    if len(expression) > 1 and expression[0] == expression[-1] == "'":
        return expression[1:-1]
    return None


def header_template(expression: str, place: str) -> Template:
    """A header's value: static text, a ``context`` variable or a stage variable.

    Raises UnsupportedError.
    """
    text = static_text(expression)
    if text is not None:
        return Template((text,), escapes=False)
    if expression.startswith(("context.", "stageVariables.")):
        return compile_simple(f"${expression}", place=place, escapes=True)
    raise UnsupportedError(place, f"the value {expression} is not emulated")


def _headers(block: Block) -> list[tuple[str, Template]]:
    headers: list[tuple[str, Template]] = []
    for target, expression in block.text_map("responseParameters").items():
        if not target.startswith(_HEADER):
            raise UnsupportedError(block.place, f"{target} is not a {_HEADER}… parameter")
        headers.append((target.removeprefix(_HEADER), header_template(expression, block.place)))
    return headers


def _status(block: Block) -> int | None:
    written: Any = block.raw("statusCode")
    if written in (None, ""):
        return None
    status = block.integer("statusCode")
    if status is None or not 200 <= status <= 599:  # noqa: PLR2004 - the final statuses of HTTP
        raise UnsupportedError(block.place, f"the status {written} is not a final HTTP status")
    return status
