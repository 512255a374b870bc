"""Parses Amazon Resource Names and matches them with wildcards as IAM does."""

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
    """A Lambda function, and its version or alias if the ARN has one."""

    arn: str
    name: str
    qualifier: str | None


def function_of_invocation_uri(uri: str) -> FunctionArn | None:
    """The function of an ``authorizerUri``, or None if the URI is not a Lambda invocation."""
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
    """Whether the pattern matches: ``*`` is any characters, slashes too; ``?`` exactly one.

    Takes linear time for every pattern without ``?``. A pattern is never compiled to a regular
    expression, which could be slow.
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
    for part in middle:  # the leftmost match is enough: it leaves most room for the rest
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
