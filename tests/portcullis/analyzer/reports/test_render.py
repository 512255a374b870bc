"""Every format ends with a newline and is the same in two runs."""

import pytest

from portcullis.analyzer.reports import ReportFormat
from portcullis.analyzer.reports.render import render
from tests.portcullis.analyzer.reports.verdicts import CLEAN, SUBJECT, VERDICT


@pytest.mark.parametrize("verdict", [VERDICT, CLEAN], ids=["mixed", "clean"])
@pytest.mark.parametrize("report_format", list(ReportFormat))
def test_a_report_ends_its_last_line_and_is_the_same_each_time(verdict, report_format):
    first, second = (render(verdict, SUBJECT, report_format) for _ in range(2))
    assert first == second
    assert first.endswith("\n")
