"""The `portcullis` command: its groups, one line for an error, and the exit code."""

import os
import signal
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


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    file = tmp_path / "a file"
    file.touch()
    command = [sys.executable, "-m", "portcullis", "up", "--state-dir", file / "below"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == ExitCode.MISUSE
    assert run.stderr.startswith(f"error: {file}")
    assert "Not a directory. Correct the path" in run.stderr
    assert run.stderr.count("\n") == 1


def test_an_argument_that_is_not_utf_8_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(main, "app", "\udcff".encode)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == ExitCode.MISUSE
    assert capsys.readouterr().err == "error: An argument or a file name is not UTF-8 text.\n"
    monkeypatch.setattr(main, "app", "\ud800".encode)
    with pytest.raises(UnicodeEncodeError):
        main.main()


def test_a_terminal_that_is_not_utf_8_gets_question_marks():
    command = [sys.executable, "-m", "portcullis", "up", "--help"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    run = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert (run.returncode, run.stderr) == (ExitCode.OK, b"")
    assert b"?" in run.stdout


def test_other_errors_of_the_system_keep_their_traceback(monkeypatch):
    def fail():
        raise ConnectionResetError

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(ConnectionResetError):
        main.main()


def test_ctrl_c_during_the_imports_is_no_traceback():
    code = (
        "import os, signal, sys\n"
        "class Interrupted:\n"
        "    def find_spec(name, *_):\n"
        "        if name == 'typer': os.kill(os.getpid(), signal.SIGINT)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.meta_path.insert(0, Interrupted)\n"
        "from portcullis.__main__ import main; main()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert run.returncode == -signal.SIGINT


def test_a_reader_that_went_away_is_not_a_traceback():
    command = f"{sys.executable} -m portcullis --help | true; exit ${{PIPESTATUS[0]}}"
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in run.stderr
