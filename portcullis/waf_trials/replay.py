"""Replays a log of AWS WAF against a web ACL: who would now be blocked or let in, by which rule.

Bodies are not in the log, so a decision by a body cannot be repeated; neither can one by a
redacted part. Source: WAF Developer Guide, "Log fields for web ACL traffic".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portcullis.errors import MisuseError
from portcullis.explain.aws_lines import terminating_rule
from portcullis.gateway.waf.web_acl import WebAcl
from portcullis.waf_trials.log_file import logged_requests
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
    paths: Sequence[Path], compiled: Callable[[LogClock], WebAcl], *, has_body_rules: bool
) -> Iterator[ReplayedCall]:
    """Every call of the logs, in the order of their lines.

    Args:
        paths: see `logged_requests`.
        compiled: makes the web ACL with this clock.
        has_body_rules: whether a rule of the web ACL inspects bodies.

    Raises:
        MisuseError: a file or a line is not a log of AWS WAF, or there is no line.
    """
    clock = LogClock()
    web_acl = compiled(clock)
    is_empty = True
    for path in paths:
        for line in logged_requests(path):
            is_empty = False
            yield _replayed(line, web_acl, clock, has_body_rules)
    if is_empty:
        names = ", ".join(map(str, paths))
        raise MisuseError(f"{names}: no line of AWS WAF's log. Export another span of time.")


def _replayed(
    line: Mapping[str, Any],
    web_acl: WebAcl,
    clock: LogClock,
    has_body_rules: bool,  # noqa: FBT001
) -> ReplayedCall:
    logged = line["httpRequest"]
    clock.now = line["timestamp"] / 1000
    headers = [(_text(h["name"]), _text(h["value"])) for h in logged.get("headers") or ()]
    args = _text(logged.get("args"))
    target = (_text(logged.get("uri")) or "/") + (f"?{args}" if args else "")
    method = _text(logged.get("httpMethod")) or "GET"
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
        request_id=_text(logged.get("requestId")),
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


def _text(value: Any) -> str:
    """What is logged as text; a lone surrogate, which no request can hold, is a question mark."""
    return str(value or "").encode(errors="replace").decode()
