"""Amazon Resource Names: taken apart where a gate needs a part, and matched as IAM matches them."""

import re
from dataclasses import dataclass

_INVOCATION = re.compile(
    r"arn:[\w-]+:apigateway:[\w-]*:lambda:path/2015-03-31/functions/(?P<function>arn:.+)/invocations"
)
_FUNCTION = re.compile(
    r"arn:[\w-]+:lambda:[\w-]*:\d*:function:(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?"
)


@dataclass(frozen=True, slots=True)
class FunctionArn:
    """A Lambda function and, where the ARN has one, its version or alias."""

    arn: str
    name: str
    qualifier: str | None


def function_of_invocation_uri(uri: str) -> FunctionArn | None:
    """The function behind an ``authorizerUri``, or None where the URI is no Lambda invocation."""
    found = _INVOCATION.fullmatch(uri)
    return function_arn(found["function"]) if found else None


def function_arn(arn: str) -> FunctionArn | None:
    found = _FUNCTION.fullmatch(arn)
    return FunctionArn(arn, found["name"], found["qualifier"]) if found else None


def region_of(arn: str) -> str:
    return _field(arn, 3)


def account_of(arn: str) -> str:
    return _field(arn, 4)


def matches(pattern: str, text: str) -> bool:
    """Whether IAM's ``*`` (any characters, slashes too) and ``?`` (exactly one) cover the text.

    Linear in pattern and text for every pattern without ``?``; no pattern is ever a regular
    expression, so none can be slow.
    """
    if "*" not in pattern and "?" not in pattern:
        return pattern == text
    head, *rest = pattern.split("*")
    if not rest:
        return len(head) == len(text) and _same(head, text)
    *middle, tail = rest
    if len(head) + len(tail) > len(text):
        return False
    end = len(text) - len(tail)
    if not _same(head, text[: len(head)]) or not _same(tail, text[end:]):
        return False
    position = len(head)
    for part in middle:  # the leftmost place is as good as any: what follows only needs room
        position = _find(part, text, position, end)
        if position < 0:
            return False
        position += len(part)
    return True


def _same(pattern: str, text: str) -> bool:
    if "?" not in pattern:
        return pattern == text
    return all(p in {"?", t} for p, t in zip(pattern, text, strict=True))


def _find(part: str, text: str, start: int, end: int) -> int:
    if "?" not in part:
        return text.find(part, start, end)
    for at in range(start, end - len(part) + 1):
        if _same(part, text[at : at + len(part)]):
            return at
    return -1


def _field(arn: str, index: int) -> str:
    fields = arn.split(":")
    return fields[index] if len(fields) > index else ""
