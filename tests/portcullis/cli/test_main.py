"""The `portcullis` command: its groups, one line for an error, and the exit code."""

import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from portcullis.cli import main
from portcullis.errors import ExitCode, MisuseError, PortcullisError


def test_every_command_is_listed_and_has_help():
    shown = CliRunner().invoke(main.app, ["--help"])
    assert shown.exit_code == ExitCode.OK
    for name in main.COMMANDS:
        assert name in shown.output
        assert CliRunner().invoke(main.app, [name, "--help"]).exit_code == ExitCode.OK


def test_the_help_page_imports_no_command():
    """The Pulumi SDK and the gateway would take most of a second."""
    code = (
        "import sys; from typer.testing import CliRunner; from portcullis.cli.main import app; "
        "CliRunner().invoke(app, ['--version']); "
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('pulumi', 'boto3')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_command_that_does_not_exist_is_misuse():
    shown = CliRunner().invoke(main.app, ["certify"])
    assert shown.exit_code == ExitCode.MISUSE
    assert get_command(main.app).get_command(None, "certify") is None


@pytest.mark.parametrize(
    ("error", "code"),
    [(PortcullisError("[a] broke"), ExitCode.FAILED), (MisuseError("[b] bad"), ExitCode.MISUSE)],
    ids=["failure", "misuse"],
)
def test_an_error_is_one_line_on_standard_error(monkeypatch, capsys, error, code):
    def fail():
        raise error

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == code
    assert capsys.readouterr().err == f"error: {error}\n"


def test_a_reader_that_went_away_is_not_a_traceback():
    command = f"{sys.executable} -m portcullis --help | true; exit ${{PIPESTATUS[0]}}"
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in run.stderr
