"""Holds the answer of a case to the reason for it, which the laptop's gate log gives.

One 500 of the authorizer looks like another: only the log tells a timeout from a broken KMS.
"""

import json
from pathlib import Path
from typing import Final

from portcullis.acceptance.run.arrival import REQUEST_ID_HEADER
from portcullis.acceptance.wire.outcome import Answer, Outcome

READ_BYTES: Final = 256 * 1024  # the end of the log: the line was written a moment ago


def problem_of_reason(gate_log: Path, outcome: Outcome | None, because: str) -> str | None:
    """How the reason differs from ``because``, its beginning; None if it does not."""
    request_id = outcome.header(REQUEST_ID_HEADER) if isinstance(outcome, Answer) else None
    reason = _reason(gate_log, request_id) if request_id else None
    if reason is None:
        return "the gate log gives no reason for this answer"
    return None if reason.startswith(because) else f"the gate log says: {reason}"


def _reason(gate_log: Path, request_id: str) -> str | None:
    try:
        with gate_log.open("rb") as log:
            log.seek(max(0, gate_log.stat().st_size - READ_BYTES))
            lines = log.read().splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        if request_id.encode() in line:
            try:
                written = json.loads(line)
            except ValueError:  # the first line may be cut
                continue
            if written.get("requestId") == request_id:
                return str(written.get("reason"))
    return None
