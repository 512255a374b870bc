"""Renders a verdict in the format that was asked for."""

from collections.abc import Callable

from portcullis.analyzer.reports import ReportFormat
from portcullis.analyzer.reports.json_report import as_json
from portcullis.analyzer.reports.junit import as_junit
from portcullis.analyzer.reports.sarif import as_sarif
from portcullis.analyzer.reports.subject import Subject
from portcullis.analyzer.reports.text import as_text
from portcullis.analyzer.verdict import Verdict
from portcullis.awsmodels.finding import ModelJudgement

_RENDERERS: dict[ReportFormat, Callable[[Verdict, Subject, ModelJudgement | None], str]] = {
    ReportFormat.JSON: as_json,
    ReportFormat.JUNIT: as_junit,
    ReportFormat.SARIF: as_sarif,
}


def render(
    verdict: Verdict,
    subject: Subject,
    report_format: ReportFormat,
    models: ModelJudgement | None = None,
    *,
    verbose: bool = False,
) -> str:
    """The report, with a newline at its end; ``models`` is None where they were not asked.

    ``verbose`` adds the compliant rules to a text report; the other formats list every rule.
    """
    if report_format is ReportFormat.TEXT:
        return as_text(verdict, subject, models, verbose=verbose)
    return _RENDERERS[report_format](verdict, subject, models)
