"""Reads the log of AWS WAF in the forms in which AWS delivers and exports it.

The objects may stand on lines of their own, one after another without line ends (Firehose), or in
arrays. A time and a stream name may be before them (exports of CloudWatch Logs, `aws logs tail`).
They may be the messages of an answer of CloudWatch Logs (`filter-log-events`, a subscription, Logs
Insights). The file may be compressed by gzip.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, Final

from portcullis.errors import MisuseError

_GZIP: Final = b"\x1f\x8b"  # RFC 1952 section 2.3.1
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")  # as PowerShell writes the output of a command
# Between two values: a comma, or the time and the stream that CloudWatch writes before a message.
_BETWEEN: Final = re.compile(
    r"[\s,]*(?:\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)?\s+(?:[^\s{\[]\S*\s+)?)?"
)
# Members that hold messages: of filter-log-events, subscriptions, and Logs Insights.
_AROUND: Final = ("events", "logEvents", "results", "message", "@message")
_JSON: Final = json.JSONDecoder()


class NotAWafLogError(MisuseError):
    def __init__(self, path: Path, number: int) -> None:
        super().__init__(
            f"{path}:{number}: must be a line of AWS WAF's log, a JSON object with timestamp, "
            "action and httpRequest. Export the log group aws-waf-logs-… or its S3 objects."
        )


def logged_requests(path: Path) -> Iterator[Mapping[str, Any]]:
    """Every line of the log, in the order of the file.

    Raises:
        MisuseError: the file cannot be read, or holds something other than a log of AWS WAF.
    """
    with _opened(path) as file:
        for number, line in enumerate(file, 1):
            try:
                try:
                    values = list(_values(line))
                except ValueError:  # a value of several lines, or none
                    values = list(_values(line + file.read()))
                for value in values:
                    yield from map(_checked, _records(value))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise NotAWafLogError(path, number) from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        with path.open("rb") as raw:
            start = raw.peek(2)[:2]
            content = gzip.GzipFile(fileobj=raw) if start == _GZIP else raw
            encoding = "utf-16" if start in _UTF_16 else "utf-8-sig"
            yield TextIOWrapper(content, encoding, errors="replace")
    except (OSError, EOFError, zlib.error) as error:
        raise MisuseError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or error}."
        ) from error


def _values(text: str) -> Iterator[Any]:
    """The JSON values in a text. Raises ValueError for something else, or an unfinished one."""
    at = 0
    while True:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if at == len(text):
            return
        value, at = _JSON.raw_decode(text, at)
        yield value


def _records(value: Any) -> Iterator[Mapping[str, Any]]:
    """The lines of the log in a value, without what an answer of CloudWatch Logs puts around."""
    if isinstance(value, str):
        value = json.loads(value)
    if isinstance(value, list):
        for each in value:
            yield from _records(each)
    elif value.get("messageType") == "CONTROL_MESSAGE" or "field" in value:
        if value.get("field") == "@message":
            yield from _records(value["value"])
    elif around := next((name for name in _AROUND if name in value), None):
        yield from _records(value[around])
    else:
        yield value


def _checked(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises ValueError or TypeError where a member that is read has another type."""
    request = record["httpRequest"]
    if not (
        isinstance(request["clientIp"], str)
        and isinstance(record["action"], str)
        and type(record["timestamp"]) is int
        and all({"name", "value"} <= header.keys() for header in request.get("headers") or ())
    ):
        raise TypeError
    return record
