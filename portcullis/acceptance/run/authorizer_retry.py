"""Retries an authorizer's 500 in the first five minutes of a run against a deployed stack.

Source: AWS Key Management Service Developer Guide, "Controlling access to KMS keys with aliases":
"It might take up to five minutes for tag and alias changes to affect KMS key authorization." Until
then the authorizer cannot sign, and API Gateway answers 500.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.gate import GATE_HEADER, Gate
from portcullis.acceptance.wire.outcome import Answer, Outcome

RETRY_MINUTES: Final = 5
INTERVAL_SECONDS: Final = 10.0
AUTHORIZER_FAILED: Final = 500


class AuthorizerRetry:
    """The retries of one run. No other answer, and no answer after five minutes, is retried."""

    def __init__(
        self,
        notice: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._notice = notice
        self._clock = clock
        self._sleep = sleep
        self._deadline = clock() + RETRY_MINUTES * 60

    def count(self, case: Case) -> int:
        """The retries of one case."""
        return self._counts[case.name]

    def is_due(self, case: Case, outcome: Outcome) -> bool:
        """Whether to send the request again. If so, this waits for the interval first."""
        left = self._deadline - self._clock()
        if not _is_authorizer_failure(outcome) or left <= 0 or not case.expect.problem(outcome):
            return False
        with self._lock:
            is_first = not self._counts
            self._counts[case.name] += 1
        if is_first:
            self._notice(
                f"The authorizer answers {AUTHORIZER_FAILED}. After a deploy, KMS may need up to "
                f"{RETRY_MINUTES} minutes for a new alias or tag: the call is repeated for up to "
                f"{left:.0f} seconds."
            )
        self._sleep(min(INTERVAL_SECONDS, left))
        return True


def _is_authorizer_failure(outcome: Outcome) -> bool:
    return (
        isinstance(outcome, Answer)
        and outcome.status == AUTHORIZER_FAILED
        and outcome.header(GATE_HEADER) == Gate.AUTHORIZER
    )
