"""Colours change no character of a report."""

from portcullis.analyzer.reports.terminal import coloured
from portcullis.analyzer.reports.text import as_text
from tests.portcullis.analyzer.reports.verdicts import MODELS, SUBJECT, VERDICT

REPORT = as_text(VERDICT, SUBJECT, MODELS)


def test_a_coloured_report_has_the_same_text():
    assert coloured(REPORT).plain == REPORT


def test_violations_stand_out_and_markup_in_a_name_has_no_effect():
    text = coloured("violated: a [bold]rule[/bold]\n  live\n")
    assert text.plain == "violated: a [bold]rule[/bold]\n  live\n"
    (span,) = text.spans
    assert (text.plain[span.start : span.end], span.style.color.name) == (
        "violated: a [bold]rule[/bold]\n",
        "red",
    )
