"""Reads the calls of a deployed stack from CloudWatch Logs, joined by request id."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from components.log_groups import (
    access_log_group,
    authorizer_log_group,
    execution_log_group,
    web_acl_log_group,
)
from portcullis.errors import PortcullisError
from portcullis.explain.aws_lines import logged_call
from portcullis.explain.logged_call import LoggedCall, as_thumbprint, serial_numbers

MAX_PAGES = 50  # of up to 10,000 lines each
FIRST_WINDOW_SECONDS, WINDOW_GROWTH = 300.0, 6  # the newest lines first: five minutes, then more
JOIN_SECONDS = 600  # the lines of one call are within this time of its line in the access log


class CloudWatchLogs:
    """The logs of the stack whose names begin with ``prefix``, of the last ``hours``.

    ``client`` is boto3's client of the service logs.
    """

    def __init__(
        self, client: Any, prefix: str, *, hours: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._hours = hours
        self._clock = clock

    def newest(self, name: str = "") -> Iterator[LoggedCall]:
        """The calls that ``name`` names, or every call; the newest first.

        The other logs are read only for a call that a gate refused.

        Raises:
            PortcullisError: a log cannot be read.
        """
        term = _term(name)
        for start, end in self._windows():
            lines = self._texts(access_log_group(self._prefix), start, end, term)
            calls = [(alone(line), line) for line in _objects(lines)]
            calls.sort(key=lambda pair: pair[0].time or 0, reverse=True)
            for call, line in calls:
                if not name or call.is_named(name):
                    yield self._joined(call, line) if call.is_refused else call

    def containing(self, term: str) -> Iterator[LoggedCall]:
        """The calls whose line in the access log has the term; what the other logs add is left out.

        Raises:
            PortcullisError: the log cannot be read.
        """
        for start, end in self._windows():
            lines = self._texts(access_log_group(self._prefix), start, end, term)
            yield from map(alone, _objects(lines))

    def _windows(self) -> Iterator[tuple[float, float]]:
        end = self._clock()
        oldest = end - self._hours * 3600
        width = FIRST_WINDOW_SECONDS
        while end > oldest:
            start = max(oldest, end - width)
            yield start, end
            end, width = start - 0.001, width * WINDOW_GROWTH

    def _joined(self, call: LoggedCall, access: dict[str, Any]) -> LoggedCall:
        request_id = call.request_id
        # WAF names the id of API Gateway that the answer has as x-amz-apigw-id.
        ids = (str(access.get("extendedRequestId", "")), request_id)
        execution = execution_log_group(str(access.get("apiId")), str(access.get("stage")))
        at = call.time or self._clock()
        return logged_call(
            access,
            authorizer=self._first(
                authorizer_log_group(self._prefix), at, [request_id], lambda line: line
            ),
            web_acl=self._first(
                web_acl_log_group(self._prefix), at, ids, lambda line: line.get("httpRequest")
            ),
            execution=[
                line
                for line in self._near(execution, at, request_id)
                if line.startswith(f"({request_id})")
            ],
        )

    def _first(
        self, group: str, at: float, ids: Sequence[str], holder: Callable[[dict[str, Any]], Any]
    ) -> dict[str, Any]:
        """The first line about one of the requests; empty where there is none, or no such group.

        A line about another call may contain the id too, in what its caller sent: ``holder`` is
        the object that has it as requestId.
        """
        for request_id in filter(None, ids):
            for line in _objects(self._near(group, at, request_id)):
                held = holder(line)
                if isinstance(held, dict) and held.get("requestId") == request_id:
                    return line
        return {}

    def _near(self, group: str, at: float, term: str) -> Iterator[str]:
        """The lines with the term around a time; none where the stack has no such log group."""
        return self._texts(group, at - JOIN_SECONDS, at + JOIN_SECONDS, term, optional=True)

    def _texts(
        self, group: str, start: float, end: float, term: str, *, optional: bool = False
    ) -> Iterator[str]:
        asked: dict[str, Any] = {
            "logGroupName": group,
            "startTime": int(start * 1000),
            "endTime": int(end * 1000),
        }
        if term:
            asked["filterPattern"] = json.dumps(term)
        for _ in range(MAX_PAGES):
            try:
                page = self._client.filter_log_events(**asked)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                if optional and code == "ResourceNotFoundException":
                    return
                raise PortcullisError(_unreadable(group, code)) from error
            except BotoCoreError as error:
                raise PortcullisError(
                    f"CloudWatch Logs did not answer: {error}. Check network and credentials."
                ) from error
            yield from (event["message"] for event in page.get("events", ()))
            if not page.get("nextToken"):
                return
            asked["nextToken"] = page["nextToken"]
        raise PortcullisError(
            f"The log group {group} has too many lines to read them all. Give fewer --hours."
        )


def alone(access: dict[str, Any]) -> LoggedCall:
    """The call as the line of the access log alone describes it."""
    return logged_call(access, authorizer={}, web_acl={}, execution=())


def _term(name: str) -> str:
    """The term that CloudWatch looks for; empty where a line may have the name in another form."""
    thumbprint = as_thumbprint(name)
    if thumbprint is not None:
        return thumbprint
    return "" if serial_numbers(name) else name


def _objects(texts: Iterator[str]) -> Iterator[dict[str, Any]]:
    for text in texts:
        for whole in (text, _completed(text)):
            try:
                parsed = json.loads(whole)
            except ValueError:
                continue
            if isinstance(parsed, dict):
                yield parsed
            break


def _completed(text: str) -> str:
    """An object whose end AWS has cut off, with the members that are whole."""
    return text[: text.rfind('",') + 1] + "}"


def _unreadable(group: str, code: str) -> str:
    if code == "ResourceNotFoundException":
        return f"There is no log group {group}. Check --stack and the region of the stack."
    return f"The log group {group} cannot be read ({code}). It needs logs:FilterLogEvents."
