"""Renders a verdict as text, JSON, JUnit or SARIF.

Two reports on the same graph are equal: they contain no time, no machine name and have a fixed
order. They never contain a property's value.
"""

from collections.abc import Callable
from enum import StrEnum

from portcullis.analyzer.reports.json_report import as_json
from portcullis.analyzer.reports.junit import as_junit
from portcullis.analyzer.reports.sarif import as_sarif
from portcullis.analyzer.reports.subject import Subject
from portcullis.analyzer.reports.text import as_text
from portcullis.analyzer.verdict import Verdict

__all__ = ["ReportFormat", "Subject", "render"]


class ReportFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"


_RENDERERS: dict[ReportFormat, Callable[[Verdict, Subject], str]] = {
    ReportFormat.TEXT: as_text,
    ReportFormat.JSON: as_json,
    ReportFormat.JUNIT: as_junit,
    ReportFormat.SARIF: as_sarif,
}


def render(verdict: Verdict, subject: Subject, report_format: ReportFormat) -> str:
    """The report, with a newline at its end."""
    return _RENDERERS[report_format](verdict, subject)
