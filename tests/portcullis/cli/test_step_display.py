"""Steps go to the terminal, or with --json to standard error."""

import pytest

from portcullis.cli.step_display import StepDisplay
from portcullis.laptop.progress import ProgressStep


@pytest.mark.parametrize(("as_json", "stream"), [(False, "out"), (True, "err")])
def test_a_step_that_has_ended_is_one_line(capsys, as_json, stream):
    display = StepDisplay(as_json=as_json)
    display.step(ProgressStep(name="plan", doing="Running", detail="62 resources", seconds=1.25))
    printed = capsys.readouterr()
    assert getattr(printed, stream) == "  ✓ plan          62 resources 1.2 s\n"
    assert (printed.out if as_json else printed.err) == ""


def test_long_lines_are_not_wrapped(capsys):
    StepDisplay(as_json=False).say("x" * 500)
    assert capsys.readouterr().out == "x" * 500 + "\n"


@pytest.mark.parametrize(
    ("options", "is_ready", "lines"),
    [
        ({"as_json": False}, True, 1),
        ({"as_json": False}, False, 0),
        ({"as_json": True}, True, 0),
        ({"as_json": False, "is_quiet": True}, True, 0),
    ],
)
def test_a_call_is_one_line_once_everything_listens(capsys, options, is_ready, lines):
    display = StepDisplay(**options)
    display.is_ready = is_ready
    if display.call is not None:
        display.call("403 web-acl [red]x[/red]")
    printed = capsys.readouterr()
    assert printed.out.count("403 web-acl [red]x[/red]") == lines
    assert printed.err == ""
