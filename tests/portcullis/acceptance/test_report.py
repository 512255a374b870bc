"""The report as a table, as JSON, and as an exit code."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.acceptance.report import CaseVerdict, MatrixReport, Result
from portcullis.acceptance.wire.outcome import Answer
from portcullis.errors import ExitCode

CASE = Case(
    name="blocked-address",
    attack="A call from outside.",
    caller=CaseCaller.CLIENT,
    request=CaseRequest(target="/pets"),
    expect=Expect(gate=Gate.WEB_ACL, statuses=(403,), body={"message": "[bold]"}),
)
PASSED = Result(case=CASE, verdict=CaseVerdict.PASSED, seen="403 x", milliseconds=12.34)
FAILED = Result(
    case=CASE, verdict=CaseVerdict.FAILED, seen="200 [red]", reason="the status differs"
)
SKIPPED = Result(case=CASE, verdict=CaseVerdict.SKIPPED, reason="needs a second source address")


def text_of(report, width=160):
    console = Console(file=io.StringIO(), width=width)
    console.print(report.table(width))
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([PASSED], ExitCode.OK),
        ([PASSED, SKIPPED], ExitCode.OK),
        ([PASSED, FAILED], ExitCode.FAILED),
        ([FAILED], ExitCode.FAILED),
        ([SKIPPED], ExitCode.FAILED),
        ([], ExitCode.FAILED),
    ],
)
def test_success_needs_something_passed_and_nothing_that_differs(results, code):
    assert MatrixReport(target="t", results=results).exit_code is code


def test_the_table_shows_expected_and_seen_and_takes_no_markup_from_answers():
    text = text_of(MatrixReport(target="https://[x]", results=[PASSED, FAILED, SKIPPED]))
    for part in (
        "blocked-address",
        "web-acl",
        '403 {"message":"[bold]"}',
        "403 x",
        "12",
        "DIFFERS",
    ):
        assert part in text
    assert "200 [red] — the status differs" in text
    assert "needs a second source address" in text
    assert "https://[x]" in text


@pytest.mark.parametrize("width", [80, 100])
def test_a_narrow_terminal_shows_a_line_per_case_and_all_of_what_differs(width):
    long = replace(
        PASSED, case=replace(CASE, name="blocked-address-forged-forwarded"), seen="x" * 90
    )
    lines = text_of(MatrixReport(target="t", results=[long, FAILED, SKIPPED]), width).splitlines()
    assert max(map(len, lines)) <= width
    (cut,) = [line for line in lines if "xxx" in line]
    assert "blocked-address-forged-forwarded" in cut
    assert "…" in cut
    words = " ".join(" ".join(lines).split())
    for part in (
        "200 [red]",
        "status differs",
        'expected 403 {"message":"[bold]"}',
        "source address",
    ):
        assert part in words


def test_the_summary_counts():
    report = MatrixReport(target="t", results=[PASSED, PASSED, FAILED, SKIPPED])
    assert report.summary() == "2 as expected, 1 differ, 1 skipped"


def test_the_cases_of_each_gate_are_counted_and_each_reason_to_skip_is_named_once():
    report = MatrixReport(target="t", results=[PASSED, FAILED, SKIPPED, SKIPPED])
    assert report.by_gate() == "tried: web-acl 2"
    assert report.left_out() == "2 skipped: needs a second source address"
    assert report.to_json()["layers"] == {"web-acl": 2}
    assert MatrixReport(target="t", results=[PASSED]).left_out() == ""


def test_the_json_holds_the_whole_table():
    report = json.loads(json.dumps(MatrixReport(target="t", results=[FAILED, SKIPPED]).to_json()))
    assert (report["passed"], report["failed"], report["skipped"]) == (0, 1, 1)
    assert report["cases"][0] == {
        "name": "blocked-address",
        "attack": "A call from outside.",
        "caller": "a client with the scope",
        "layer": "web-acl",
        "expected": '403 {"message":"[bold]"}',
        "seen": "200 [red]",
        "verdict": "failed",
        "reason": "the status differs",
        "requestId": None,
        "startedAt": 0.0,
        "milliseconds": 0.0,
    }


def test_the_id_of_the_deciding_call_is_what_explain_takes():
    answer = Answer(status=403, headers=(("x-amzn-requestid", "r-1"),), body=b"")
    report = MatrixReport(target="t", results=[replace(FAILED, outcome=answer)])
    assert report.to_json()["cases"][0]["requestId"] == "r-1"


def test_a_report_of_a_laptop_names_what_matched_injections():
    report = MatrixReport(target="t", results=[PASSED], injection_matches="libinjection")
    assert "injection matches: libinjection" in report.by_gate()
    assert report.to_json()["injectionMatches"] == "libinjection"
    assert "injection" not in MatrixReport(target="t", results=[PASSED]).by_gate()
