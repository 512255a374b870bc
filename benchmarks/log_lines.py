"""What the authorizer's log line costs, and how much of it the figures for CloudWatch are.

.venv/bin/python -m benchmarks.log_lines
"""

import statistics
import time
from collections.abc import Callable
from unittest import mock

from authorizer import log
from authorizer.log import CallRecord, Decision, Lines, tail
from authorizer.reasons import Reason

LINES = 5_000
ROUNDS = 9


def record(decision: Decision, reason: Reason, **more: float) -> CallRecord:
    return CallRecord(
        request_id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        lambda_request_id="8f507cfc-1a2b-4d7e-9b1c-000000000000",
        started_at=1795348800.0,
        cold_start=False,
        function_name="portcullis-prod-authorizer",
        decision=decision,
        reason=reason,
        client_id="partner",
        token_reused=False if decision is Decision.ALLOW else None,
        token_ms=5.1 if decision is Decision.ALLOW else None,
        crl_age_hours=more.get("age"),
        crl_hours_left=more.get("left"),
        duration_ms=6.2,
    )


def microseconds(line: Callable[[], object]) -> float:
    """The median of rounds; each is the mean of many lines."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(LINES):
            line()
        rounds.append((time.perf_counter() - started) / LINES * 1e6)
    return statistics.median(rounds)


def main() -> None:
    kinds = {
        "new token": record(Decision.ALLOW, Reason.OK),
        "new token, with a list": record(Decision.ALLOW, Reason.OK, age=3.0, left=21.0),
        "refusal": record(Decision.DENY, Reason.SUSPENDED),
        "failure": record(Decision.ERROR, Reason.SIGNING_FAILED),
    }
    for name, one in kinds.items():
        whole = microseconds(one.line)
        # A mock of its own would cost more than what it stands for.
        with mock.patch.object(log, "embedded", lambda *_, **__: {}):  # noqa: PT008
            bare = microseconds(one.line)
        print(f"{name:24} {whole:5.1f} µs, of it figures {whole - bare:4.1f} µs")
    lines, end = Lines(), tail("partner", "t" * 43)
    reused = microseconds(
        lambda: lines.allowed_again(
            end, now=1795348800.0, request_id="r" * 36, lambda_request_id="l" * 36, duration_ms=0.1
        )
    )
    print(f"{'reused answer':24} {reused:5.1f} µs")


if __name__ == "__main__":
    main()
