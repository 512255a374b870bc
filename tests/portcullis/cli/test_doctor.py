"""`portcullis doctor` as it is typed: lines, JSON, exit codes."""

import json

import pytest
import typer
from typer.testing import CliRunner

from portcullis.cli import doctor as command
from portcullis.doctor.diagnosis import fail, ok, skipped, warn
from portcullis.errors import ExitCode
from portcullis.settings.project import ProjectError

OK = ok("python", "Python 3.11")
WARNING = warn("ports", "8443 is in use", "End it")
FAILURE = fail("pulumi", "[missing]", "Install it")


@pytest.fixture
def run(monkeypatch, tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: portcullis\n")
    app = typer.Typer()
    app.command()(command.doctor)

    def call(*found, arguments=()):
        monkeypatch.setattr(command, "examine", lambda *_: iter(found))
        return CliRunner().invoke(
            app, ["--project", str(tmp_path), *arguments], catch_exceptions=False
        )

    return call


def test_each_check_has_one_line_with_its_fix(run):
    shown = run(OK, WARNING, FAILURE, skipped("credentials", "no credentials")).stdout
    assert [line.split()[0] for line in shown.splitlines()] == ["ok", "warn", "fail", "skipped"]
    assert "8443 is in use. End it" in shown
    assert "[missing]" in shown


@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize(
    ("found", "code"),
    [((OK,), ExitCode.OK), ((OK, WARNING), ExitCode.OK), ((FAILURE, OK), ExitCode.FAILED)],
    ids=["ok", "warning", "failure"],
)
def test_only_a_failure_sets_the_exit_code(run, found, code, arguments):
    assert run(*found, arguments=arguments).exit_code == code


def test_json_has_every_field(run):
    printed = json.loads(run(WARNING, arguments=("--json",)).stdout)
    assert printed == [
        {"check": "ports", "health": "warn", "found": "8443 is in use", "fix": "End it"}
    ]


def test_a_stack_that_does_not_exist_is_misuse(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: portcullis\n")
    app = typer.Typer()
    app.command()(command.doctor)
    arguments = ["--project", str(tmp_path), "--stack", "nope"]
    with pytest.raises(ProjectError) as refused:
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert refused.value.exit_code is ExitCode.MISUSE
