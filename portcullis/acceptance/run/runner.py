"""Runs cases one after the other and compares what was seen with what is right.

A case that cannot be carried out differs. A case is skipped only for a need that the target does
not meet. What a case breaks is repaired whatever its end, unless the next case breaks it again.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from portcullis.acceptance.forged.identities import Identities
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.acceptance.report import CaseVerdict, MatrixReport, Result
from portcullis.acceptance.run.actions import Actions, Seen
from portcullis.acceptance.run.authorizer_retry import AuthorizerRetry
from portcullis.acceptance.run.breakage import Breakage
from portcullis.acceptance.run.skipping import MIN_QUOTA, calls_of_a_run, reason_to_skip
from portcullis.acceptance.target.target import Target
from portcullis.errors import MisuseError, PortcullisError

Progress = Callable[[Result], None]


def run(
    cases: Iterable[Case],
    target: Target,
    progress: Progress | None = None,
    retry: AuthorizerRetry | None = None,
    *,
    reads: Sequence[CaseRequest] = (),
) -> MatrixReport:
    """Run the cases in their order.

    ``progress`` is called with each result. ``retry`` repeats calls to a stack that was deployed a
    moment ago. ``reads`` are calls that change nothing, to capture a client's token with.
    """
    results = []
    with tempfile.TemporaryDirectory(prefix="portcullis-verify-") as folder:
        queue = list(cases)
        runner = Runner(target, Path(folder), retry, reads=reads, calls=calls_of_a_run(len(queue)))
        for number, case in enumerate(queue):
            result = runner.result_of(case, queue[number + 1 :])
            results.append(result)
            if progress is not None:
                progress(result)
    scheme = "https" if target.gateway.is_tls else "http"
    return MatrixReport(
        target=f"{scheme}://{target.gateway.authority}",
        results=results,
        injection_matches=target.injection_matches,
    )


class Runner:
    """One run against one target; ``folder`` holds the forged certificates."""

    def __init__(
        self,
        target: Target,
        folder: Path,
        retry: AuthorizerRetry | None = None,
        *,
        reads: Sequence[CaseRequest] = (),
        calls: int = MIN_QUOTA,
    ) -> None:
        self._target = target
        self._calls = calls
        self._breakage = Breakage(target.control)
        identities = Identities(target, folder)
        self._actions = Actions(target, identities, self._breakage, reads, retry)
        self._retry = retry

    def result_of(self, case: Case, following: Sequence[Case] = ()) -> Result:
        """Skip the case, or break, carry out, compare and repair.

        ``following`` are the cases still to come.
        """
        reason = reason_to_skip(case, self._target, self._calls)
        if reason is not None:
            return Result(case=case, verdict=CaseVerdict.SKIPPED, reason=reason)
        started_at, started = time.time(), time.perf_counter()
        retried = self._retried()
        try:
            with self._breakage.during(case.breaks, case.mends, self._kept_broken(following)):
                seen = self._actions.carry_out(case)
        except MisuseError:
            raise
        except PortcullisError as error:
            seen = Seen(text="not carried out", problem=str(error))
        milliseconds = (time.perf_counter() - started) * 1000
        return Result(
            case=case,
            verdict=CaseVerdict.FAILED if seen.problem else CaseVerdict.PASSED,
            seen=seen.text + _retries(self._retried() - retried),
            reason=seen.problem or "",
            started_at=started_at,
            milliseconds=milliseconds,
            outcome=seen.outcome,
        )

    def _retried(self) -> int:
        return self._retry.count if self._retry else 0

    def _kept_broken(self, following: Sequence[Case]) -> Sequence[ControlCommand]:
        """What the next case that is not skipped breaks."""
        tried = (
            case for case in following if reason_to_skip(case, self._target, self._calls) is None
        )
        upcoming = next(tried, None)
        return upcoming.breaks if upcoming else ()


def _retries(count: int) -> str:
    return f" (after {count} retries of the authorizer's 500)" if count else ""
