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
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.report import CaseVerdict, MatrixReport, Result
from portcullis.acceptance.run.actions import Actions, Seen
from portcullis.acceptance.run.breakage import Breakage
from portcullis.acceptance.target.target import Target
from portcullis.errors import MisuseError, PortcullisError

Progress = Callable[[Result], None]


def run(cases: Iterable[Case], target: Target, progress: Progress | None = None) -> MatrixReport:
    """Run the cases in their order. ``progress`` is called with each result."""
    results = []
    with tempfile.TemporaryDirectory(prefix="portcullis-verify-") as folder:
        runner = Runner(target, Path(folder))
        queue = list(cases)
        for number, case in enumerate(queue):
            result = runner.result_of(case, queue[number + 1 :])
            results.append(result)
            if progress is not None:
                progress(result)
    scheme = "https" if target.gateway.is_tls else "http"
    return MatrixReport(target=f"{scheme}://{target.gateway.authority}", results=results)


class Runner:
    """One run against one target; ``folder`` holds the forged certificates."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._breakage = Breakage(target.control)
        self._actions = Actions(target, Identities(target, folder), self._breakage)

    def result_of(self, case: Case, following: Sequence[Case] = ()) -> Result:
        """Skip the case, or break, carry out, compare and repair.

        ``following`` are the cases still to come.
        """
        lacking = self._lacking(case)
        if lacking:
            return Result(case=case, verdict=CaseVerdict.SKIPPED, reason=lacking[0])
        started = time.perf_counter()
        try:
            upcoming = next((later for later in following if not self._lacking(later)), None)
            keep = upcoming.breaks if upcoming else ()
            with self._breakage.during(case.breaks, case.mends, keep):
                seen = self._actions.carry_out(case)
        except MisuseError:
            raise
        except PortcullisError as error:
            seen = Seen(text="not carried out", problem=str(error))
        milliseconds = (time.perf_counter() - started) * 1000
        return Result(
            case=case,
            verdict=CaseVerdict.FAILED if seen.problem else CaseVerdict.PASSED,
            seen=seen.text,
            reason=seen.problem or "",
            milliseconds=milliseconds,
        )

    def _lacking(self, case: Case) -> list[Need]:
        return [need for need in case.needs if self._target.lacks(need)]
