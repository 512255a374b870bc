"""The results of a run: a table for people, JSON for machines, and one exit code."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.wire.outcome import Answer, Outcome
from portcullis.errors import ExitCode

WIDE = 150  # columns; on a narrower terminal two columns would break words


class CaseVerdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


_MARKS = {
    CaseVerdict.PASSED: "[green]ok[/green]",
    CaseVerdict.FAILED: "[bold red]DIFFERS[/bold red]",
    CaseVerdict.SKIPPED: "[yellow]skipped[/yellow]",
}


@dataclass(frozen=True, kw_only=True)
class Result:
    """One case: what was seen, and why it differs or was skipped."""

    case: Case
    verdict: CaseVerdict
    seen: str = ""
    reason: str = ""
    started_at: float = 0.0  # seconds since the epoch
    milliseconds: float = 0.0
    outcome: Outcome | None = None  # of the call that decided; None if there was none

    @property
    def request_id(self) -> str | None:
        """What `portcullis explain` finds the deciding call by; None without an HTTP answer."""
        if not isinstance(self.outcome, Answer):
            return None
        return self.outcome.header("x-amzn-RequestId")


@dataclass(frozen=True, kw_only=True)
class MatrixReport:
    target: str
    results: Sequence[Result]
    injection_matches: str = ""  # of the laptop; empty on AWS

    @property
    def exit_code(self) -> ExitCode:
        """OK if a case passed and none differed. A run that skips every case fails."""
        counts = self._counts()
        is_fine = counts[CaseVerdict.PASSED] > 0 and counts[CaseVerdict.FAILED] == 0
        return ExitCode.OK if is_fine else ExitCode.FAILED

    def table(self, width: int) -> Table:
        """Expected and seen, side by side, and why they differ.

        On a narrow terminal a passed case takes one line; only a case that differs shows both.
        """
        title = f"Attack matrix against {escape(self.target)}"
        if width < WIDE:
            table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
            return self._narrow(table)
        table = Table(title=title, title_justify="left")
        table.add_column("", no_wrap=True)
        table.add_column("case", no_wrap=True)
        table.add_column("gate", no_wrap=True)
        table.add_column("expected", overflow="fold")
        table.add_column("seen", overflow="fold")
        table.add_column("ms", justify="right", no_wrap=True)
        for result in self.results:
            table.add_row(
                _MARKS[result.verdict],
                escape(result.case.name),
                result.case.expect.gate,
                escape(str(result.case.expect)),
                escape(_seen(result)),
                f"{result.milliseconds:.0f}" if result.milliseconds else "",
            )
        return table

    def _narrow(self, table: Table) -> Table:
        for heading in ("", "case", "gate"):
            table.add_column(heading, no_wrap=True)
        table.add_column("seen", overflow="fold")
        for result in self.results:
            if result.verdict is CaseVerdict.PASSED:
                shown = Text(result.seen, no_wrap=True, overflow="ellipsis")
            else:
                shown = Text(_seen(result))
            if result.verdict is CaseVerdict.FAILED:
                shown.append(f"; expected {result.case.expect}")
            table.add_row(
                _MARKS[result.verdict], escape(result.case.name), result.case.expect.gate, shown
            )
        return table

    def by_gate(self) -> str:
        """How many cases were tried of each gate, and what matched injections."""
        tried = Counter(r.case.expect.gate for r in self.results if _was_tried(r))
        line = "tried: " + ", ".join(f"{gate} {tried[gate]}" for gate in Gate if tried[gate])
        return line + (
            f"\ninjection matches: {self.injection_matches}" if self.injection_matches else ""
        )

    def left_out(self) -> str:
        """A line for each reason of a skipped case, with the number of cases."""
        reasons = Counter(r.reason for r in self.results if not _was_tried(r))
        return "\n".join(f"{count} skipped: {reason}" for reason, count in reasons.items())

    def summary(self) -> str:
        """The counts in one line."""
        counts = self._counts()
        return (
            f"{counts[CaseVerdict.PASSED]} as expected, {counts[CaseVerdict.FAILED]} differ, "
            f"{counts[CaseVerdict.SKIPPED]} skipped"
        )

    def to_json(self) -> dict[str, Any]:
        """Everything in the table, for ``--json``."""
        counts = self._counts()
        return {
            "target": self.target,
            "passed": counts[CaseVerdict.PASSED],
            "failed": counts[CaseVerdict.FAILED],
            "skipped": counts[CaseVerdict.SKIPPED],
            "injectionMatches": self.injection_matches,
            "layers": dict(Counter(r.case.expect.gate for r in self.results if _was_tried(r))),
            "cases": [
                {
                    "name": result.case.name,
                    "attack": result.case.attack,
                    "caller": result.case.caller,
                    "layer": result.case.expect.gate,
                    "expected": str(result.case.expect),
                    "seen": result.seen,
                    "verdict": result.verdict,
                    "reason": result.reason,
                    "requestId": result.request_id,
                    "startedAt": result.started_at,
                    "milliseconds": round(result.milliseconds, 1),
                }
                for result in self.results
            ],
        }

    def _counts(self) -> Counter[CaseVerdict]:
        return Counter(result.verdict for result in self.results)


def _was_tried(result: Result) -> bool:
    return result.verdict is not CaseVerdict.SKIPPED


def _seen(result: Result) -> str:
    return " — ".join(text for text in (result.seen, result.reason) if text)
