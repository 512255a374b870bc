"""The answer of a function behind a Lambda proxy integration, as an HTTP response.

Source: API Gateway Developer Guide, "Output format of a Lambda function for proxy integration".
"""

import re
from collections.abc import Iterator
from typing import Any

from portcullis.gateway.exchange import Layer, Response
from portcullis.gateway.gates.integration_headers import returned_headers

_MEMBERS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110 section 5.5
_FIRST_FINAL_STATUS = 200
_LAST_STATUS = 599
_DEFAULT_STATUS = 200


class MalformedProxyAnswerError(Exception):
    """The function's answer is not one that API Gateway turns into a response."""


def proxy_answer(payload: Any) -> Response:
    """Raises MalformedProxyAnswerError."""
    if not isinstance(payload, dict) or not _MEMBERS.issuperset(payload):
        raise MalformedProxyAnswerError("it must be an object with statusCode, headers and body")
    body = payload.get("body")
    if body is not None and not isinstance(body, str):
        raise MalformedProxyAnswerError("its body must be a string")
    return Response(
        status=_status(payload.get("statusCode")),
        headers=returned_headers(tuple(_headers(payload))),
        # Without binary media types the text is not decoded, whatever isBase64Encoded says.
        body=(body or "").encode(),
        layer=Layer.BACKEND,
    )


def _status(value: Any) -> int:
    if value is None:
        return _DEFAULT_STATUS
    is_number = isinstance(value, int | str) and not isinstance(value, bool)
    if not is_number or not re.fullmatch(r"[0-9]{3}", str(value)):
        raise MalformedProxyAnswerError("its statusCode must be an integer of three digits")
    status = int(value)
    if not _FIRST_FINAL_STATUS <= status <= _LAST_STATUS:
        raise MalformedProxyAnswerError(f"its statusCode must be 200 to 599, not {status}")
    return status


def _headers(payload: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Where a name is in both members, all values of ``multiValueHeaders`` are sent."""
    several = payload.get("multiValueHeaders") or {}
    single = payload.get("headers") or {}
    if not isinstance(several, dict) or not isinstance(single, dict):
        raise MalformedProxyAnswerError("its headers must be an object")
    listed = {name.lower() for name in several}
    for name, value in single.items():
        if name.lower() not in listed:
            yield _header(name, value)
    for name, values in several.items():
        if not isinstance(values, list):
            raise MalformedProxyAnswerError("each of its multiValueHeaders must be a list")
        for value in values:
            yield _header(name, value)


def _header(name: str, value: Any) -> tuple[str, str]:
    if not isinstance(value, str | bool | int | float):
        raise MalformedProxyAnswerError("the value of a header must be a string")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(text):
        raise MalformedProxyAnswerError("a header has a character that it must not contain")
    return name, text
