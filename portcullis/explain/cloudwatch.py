"""Reads the calls of a deployed stack from CloudWatch Logs, joined by request id."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from portcullis.errors import PortcullisError
from portcullis.explain.aws_lines import logged_call
from portcullis.explain.logged_call import LoggedCall

MAX_PAGES = 50  # of up to 10,000 lines: a term that occurs nowhere must end


@dataclass(frozen=True, kw_only=True)
class LogGroups:
    """The log groups of one stack; the execution log's name needs the API's id."""

    access: str
    authorizer: str
    web_acl: str

    @classmethod
    def of_stack(cls, prefix: str) -> "LogGroups":
        return cls(
            access=f"/aws/apigateway/{prefix}/access",
            authorizer=f"/aws/lambda/{prefix}-authorizer",
            web_acl=f"aws-waf-logs-{prefix}",
        )


class CloudWatchLogs:
    """Lines of the last ``hours``. ``client`` is boto3's client of the service logs."""

    def __init__(self, client: Any, groups: LogGroups, *, now: float, hours: float) -> None:
        self._client = client
        self._groups = groups
        self._since = int((now - hours * 3600) * 1000)

    def calls(self, term: str = "") -> list[LoggedCall]:
        """The calls whose access log line has the term, such as a request id, oldest first.

        Raises:
            PortcullisError: the access log cannot be read.
        """
        lines = list(self._lines(self._groups.access, term))
        return [self._joined(line) for line in lines]

    def _joined(self, access: dict[str, Any]) -> LoggedCall:
        request_id = str(access.get("requestId", ""))
        # WAF names the id of API Gateway that the answer has as x-amz-apigw-id.
        ids = (str(access.get("extendedRequestId", "")), request_id)
        execution = f"API-Gateway-Execution-Logs_{access.get('apiId')}/{access.get('stage')}"
        return logged_call(
            access,
            authorizer=self._first(self._groups.authorizer, request_id),
            web_acl=self._first(self._groups.web_acl, *ids),
            execution=list(self._texts(execution, request_id, optional=True)),
        )

    def _first(self, group: str, *terms: str) -> dict[str, Any]:
        """The first line with one of the terms; empty where there is none, or no such group."""
        for term in terms:
            for line in self._lines(group, term, optional=True):
                return line
        return {}

    def _lines(self, group: str, term: str, *, optional: bool = False) -> Iterator[dict[str, Any]]:
        for text in self._texts(group, term, optional=optional):
            try:
                parsed = json.loads(text)
            except ValueError:
                continue
            if isinstance(parsed, dict):
                yield parsed

    def _texts(self, group: str, term: str, *, optional: bool = False) -> Iterator[str]:
        asked: dict[str, Any] = {"logGroupName": group, "startTime": self._since}
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


def _unreadable(group: str, code: str) -> str:
    if code == "ResourceNotFoundException":
        return f"There is no log group {group}. Check --stack and the region of the stack."
    return f"The log group {group} cannot be read ({code}). It needs logs:FilterLogEvents."
