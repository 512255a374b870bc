"""A verdict as text for people, and as JSON, JUnit or SARIF for machines.

Nothing in a report changes between two runs on the same graph: no time, no machine, no order of
arrival. Nothing in it is a property's value.
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
    """The whole report, ending in a newline."""
    return _RENDERERS[report_format](verdict, subject)
