"""Runs cases and compares what was seen with what is right.

A case that cannot be carried out differs. A case is skipped only for a need that the target does
not meet. What a case breaks is repaired whatever its end, unless the next case breaks it again.
"""

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path

from portcullis.acceptance.forged.identities import Identities
from portcullis.acceptance.matrix.action import CaseAction
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.acceptance.report import CaseVerdict, MatrixReport, Result
from portcullis.acceptance.run.actions import Actions, Seen
from portcullis.acceptance.run.authorizer_retry import AuthorizerRetry
from portcullis.acceptance.run.breakage import Breakage
from portcullis.acceptance.run.schedule import Numbered, schedule
from portcullis.acceptance.run.skipping import calls_of_a_run, reason_to_skip
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
    """Run the cases. The report has their order, whatever the running order.

    ``progress`` is called with each result. ``retry`` repeats calls to a stack that was deployed a
    moment ago. ``reads`` are calls that change nothing, to capture a client's token with.
    """
    results: dict[int, Result] = {}
    with tempfile.TemporaryDirectory(prefix="portcullis-verify-") as folder:
        runner = _Runner(target, Path(folder), retry, reads=reads)
        for place, result in runner.results(list(cases)):
            results[place] = result
            if progress is not None:
                progress(result)
    scheme = "https" if target.gateway.is_tls else "http"
    return MatrixReport(
        target=f"{scheme}://{target.gateway.authority}",
        results=[results[place] for place in sorted(results)],
        injection_matches=target.injection_matches,
    )


class _Runner:
    """One run against one target; ``folder`` holds the forged certificates."""

    def __init__(
        self,
        target: Target,
        folder: Path,
        retry: AuthorizerRetry | None,
        *,
        reads: Sequence[CaseRequest],
    ) -> None:
        self._target = target
        self._breakage = Breakage(target.control)
        identities = Identities(target, folder)
        self._actions = Actions(target, identities, self._breakage, reads, retry)
        self._retry = retry

    def results(self, cases: Sequence[Case]) -> Iterator[tuple[int, Result]]:
        """Each result, with the case's place, when it is known."""
        calls = calls_of_a_run(len(cases))
        reasons = [reason_to_skip(case, self._target, calls) for case in cases]
        plan = schedule(
            Numbered(place=place, case=case)
            for place, (case, reason) in enumerate(zip(cases, reasons, strict=True))
            if reason is None
        )
        yield from self._in_turn(plan.first, before=plan.waiting)
        yield from self._at_the_same_time(plan.waiting, plan.meanwhile)
        yield from self._in_turn(plan.last)
        for place, (case, reason) in enumerate(zip(cases, reasons, strict=True)):
            if reason is not None:
                yield place, Result(case=case, verdict=CaseVerdict.SKIPPED, reason=reason)

    def _in_turn(
        self, cases: Sequence[Numbered], before: Sequence[Numbered] = ()
    ) -> Iterator[tuple[int, Result]]:
        following = [*cases[1:], *before[:1]]
        for number, one in enumerate(cases):
            keep = following[number].case.breaks if number < len(following) else ()
            yield one.place, self._result_of(one.case, keep)

    def _at_the_same_time(
        self, waiting: Sequence[Numbered], meanwhile: Sequence[Numbered]
    ) -> Iterator[tuple[int, Result]]:
        """Start each waiting case once the call of the one before is under way."""
        if not waiting:
            return
        with ThreadPoolExecutor(len(waiting)) as threads:
            pending: dict[Future[Result], int] = {}
            for one in waiting:
                reached = threading.Event()
                future = threads.submit(self._result_of, one.case, on_backend=reached.set)
                future.add_done_callback(partial(_set, reached))
                pending[future] = one.place
                if one is not waiting[-1]:
                    self._wait_until_under_way(one.case, reached)
            for one in meanwhile:
                yield one.place, self._result_of(one.case)
            for future in as_completed(pending):
                yield pending[future], future.result()

    def _wait_until_under_way(self, case: Case, reached: threading.Event) -> None:
        if case.action is CaseAction.BAD_BACKEND:
            reached.wait()
            return
        with contextlib.suppress(PortcullisError):  # then the case fails, and says why
            self._breakage.wait_for_call()

    def _result_of(
        self,
        case: Case,
        keep: Sequence[ControlCommand] = (),
        on_backend: Callable[[], None] = lambda: None,
    ) -> Result:
        """Break, carry out, compare and repair, except what is in ``keep``."""
        started_at, started = time.time(), time.perf_counter()
        try:
            with self._breakage.during(case.breaks, case.mends, keep):
                seen = self._actions.carry_out(case, on_backend)
        except MisuseError:
            raise
        except PortcullisError as error:
            seen = Seen(text="not carried out", problem=str(error))
        milliseconds = (time.perf_counter() - started) * 1000
        return Result(
            case=case,
            verdict=CaseVerdict.FAILED if seen.problem else CaseVerdict.PASSED,
            seen=seen.text + self._retries(case),
            reason=seen.problem or "",
            started_at=started_at,
            milliseconds=milliseconds,
            outcome=seen.outcome,
        )

    def _retries(self, case: Case) -> str:
        count = self._retry.count(case) if self._retry else 0
        return f" (after {count} retries of the authorizer's 500)" if count else ""


def _set(event: threading.Event, _ended: Future[Result]) -> None:
    event.set()
