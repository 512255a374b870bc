"""What came of a run: a table for people, JSON for machines, and one exit code."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from portcullis.acceptance.matrix.case import Case
from portcullis.errors import ExitCode

WIDE = 150  # columns; below, expected and seen side by side break in the middle of words


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


_MARKS = {
    Verdict.PASSED: "[green]ok[/green]",
    Verdict.FAILED: "[bold red]DIFFERS[/bold red]",
    Verdict.SKIPPED: "[yellow]skipped[/yellow]",
}


@dataclass(frozen=True, kw_only=True)
class Result:
    """One case: what was seen, and why that is not right or was not tried."""

    case: Case
    verdict: Verdict
    seen: str = ""
    reason: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Report:
    target: str
    results: Sequence[Result]

    @property
    def exit_code(self) -> ExitCode:
        """OK when something was tried and nothing differed: a run that skips all proves nothing."""
        counts = self._counts()
        is_fine = counts[Verdict.PASSED] > 0 and counts[Verdict.FAILED] == 0
        return ExitCode.OK if is_fine else ExitCode.FAILED

    def table(self, width: int) -> Table:
        """Expected and seen, side by side; what differs says why.

        On a narrow terminal, what is as expected takes one line, and only what differs says both.
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
                result.case.expect.layer,
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
            if result.verdict is Verdict.PASSED:
                shown = Text(result.seen, no_wrap=True, overflow="ellipsis")
            else:
                shown = Text(_seen(result))
            if result.verdict is Verdict.FAILED:
                shown.append(f"; expected {result.case.expect}")
            table.add_row(
                _MARKS[result.verdict], escape(result.case.name), result.case.expect.layer, shown
            )
        return table

    def summary(self) -> str:
        """One line for the end of a run."""
        counts = self._counts()
        return (
            f"{counts[Verdict.PASSED]} as expected, {counts[Verdict.FAILED]} differ, "
            f"{counts[Verdict.SKIPPED]} skipped"
        )

    def to_json(self) -> dict[str, Any]:
        """Everything in the table, for ``--json``."""
        counts = self._counts()
        return {
            "target": self.target,
            "passed": counts[Verdict.PASSED],
            "failed": counts[Verdict.FAILED],
            "skipped": counts[Verdict.SKIPPED],
            "cases": [
                {
                    "name": result.case.name,
                    "attack": result.case.attack,
                    "caller": result.case.caller,
                    "layer": result.case.expect.layer,
                    "expected": str(result.case.expect),
                    "seen": result.seen,
                    "verdict": result.verdict,
                    "reason": result.reason,
                    "milliseconds": round(result.milliseconds, 1),
                }
                for result in self.results
            ],
        }

    def _counts(self) -> Counter[Verdict]:
        return Counter(result.verdict for result in self.results)


def _seen(result: Result) -> str:
    return " — ".join(text for text in (result.seen, result.reason) if text)
