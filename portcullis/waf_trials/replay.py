"""Replays a log of AWS WAF against a web ACL: who would now be blocked or let in, by which rule.

Bodies are not in the log, so a decision by a body cannot be repeated; neither can one by a
redacted part. Source: WAF Developer Guide, "Log fields for web ACL traffic".
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portcullis.errors import MisuseError
from portcullis.explain.aws_lines import terminating_rule
from portcullis.gateway.waf.web_acl import WebAcl
from portcullis.waf_trials.requests import request
from portcullis.waf_trials.run import seen
from portcullis.waf_trials.trial_file import ALLOW

REDACTED = "REDACTED"


@dataclass(frozen=True, kw_only=True)
class ReplayedCall:
    """One line of the log. ``then`` and ``now`` are allow or the rule that blocks.

    ``unknown`` says why the new decision cannot be trusted; empty where it can.
    """

    request_id: str
    source_ip: str
    method: str
    target: str
    then: str
    now: str
    unknown: str

    @property
    def is_changed(self) -> bool:
        return not self.unknown and (self.then == ALLOW) != (self.now == ALLOW)


class LogClock:
    """The time of the line that is replayed, for rate-based rules."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def replay(
    path: Path, compiled: Callable[[LogClock], WebAcl], *, has_body_rules: bool
) -> Iterator[ReplayedCall]:
    """Every call of the log, in the order of its lines.

    Args:
        path: JSON lines, may be compressed by gzip.
        compiled: makes the web ACL with this clock.
        has_body_rules: whether a rule of the web ACL inspects bodies.

    Raises:
        MisuseError: the file or a line is not a log of AWS WAF, or it has no line.
    """
    clock = LogClock()
    web_acl = compiled(clock)
    is_empty = True
    for number, line in enumerate(_lines(path), 1):
        if line.strip():
            is_empty = False
            yield _replayed(_parsed(path, number, line), web_acl, clock, has_body_rules)
    if is_empty:
        raise MisuseError(f"{path} has no line. Export another span of time.")


def _replayed(
    line: Mapping[str, Any],
    web_acl: WebAcl,
    clock: LogClock,
    has_body_rules: bool,  # noqa: FBT001
) -> ReplayedCall:
    logged = line["httpRequest"]
    clock.now = line["timestamp"] / 1000
    headers = [(str(h["name"]), str(h["value"])) for h in logged.get("headers") or ()]
    args = str(logged.get("args") or "")
    target = str(logged.get("uri") or "/") + (f"?{args}" if args else "")
    method = str(logged.get("httpMethod") or "GET")
    sent = request(
        source_ip=str(logged["clientIp"]),
        method=method,
        target=target,
        headers=headers,
        received_at=clock.now,
    )
    now = seen(web_acl.evaluate(sent))
    then = ALLOW if line["action"] == "ALLOW" else terminating_rule(line)
    return ReplayedCall(
        request_id=str(logged.get("requestId") or ""),
        source_ip=str(logged["clientIp"]),
        method=method,
        target=target,
        then=then,
        now=now,
        unknown=_unknown(then, now, headers, target, has_body_rules=has_body_rules),
    )


def _unknown(
    then: str, now: str, headers: list[tuple[str, str]], target: str, *, has_body_rules: bool
) -> str:
    if now != ALLOW:
        return ""  # what is in the log is enough to block
    if REDACTED in target or any(value == REDACTED for _, value in headers):
        return "a part is redacted in the log"
    has_body = any(
        name.lower() == "transfer-encoding" or (name.lower() == "content-length" and value != "0")
        for name, value in headers
    )
    if has_body and has_body_rules:
        return "its body is not in the log"
    if then.rpartition("/")[2].upper().endswith("_BODY"):
        return "it was blocked by its body, which is not in the log"
    return ""


def _lines(path: Path) -> Iterator[str]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8", errors="replace") as file:
            yield from file
    except (OSError, EOFError) as error:
        raise MisuseError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or error}."
        ) from error


def _parsed(path: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        parsed = json.loads(line)
        request_ = parsed["httpRequest"]
        is_log = isinstance(request_["clientIp"], str) and isinstance(parsed["action"], str)
        is_log = is_log and isinstance(parsed["timestamp"], int)
        is_log = is_log and all(
            isinstance(h, dict) and {"name", "value"} <= h.keys()
            for h in request_.get("headers") or ()
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        is_log = False
    if not is_log:
        raise MisuseError(
            f"{path}:{number}: must be a line of AWS WAF's log, a JSON object with timestamp, "
            "action and httpRequest. Export the log group aws-waf-logs-… or its S3 objects."
        )
    found: Mapping[str, Any] = parsed
    return found
