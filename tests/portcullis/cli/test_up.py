"""Every command has a help page that can be read, and `up` refuses a malformed setting."""

import asyncio
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portcullis.cli import up_run
from portcullis.cli.main import COMMANDS, app
from portcullis.cli.step_display import StepDisplay
from portcullis.errors import MisuseError, PortcullisError
from portcullis.laptop.options import LaptopOptions


@pytest.mark.parametrize("command", [*COMMANDS, "keys rotate", "policies check", "policies prove"])
def test_a_help_page_flows_and_loses_no_placeholder(command):
    asked = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "80"})
    assert asked.exit_code == 0
    shown = asked.stdout
    assert "Pulumi..yaml" not in shown
    text = shown.partition("Usage:")[2].partition("╭─")[0]
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text)[1:]]
    for paragraph in paragraphs:
        lines = paragraph.splitlines()
        following = [line.split()[0] for line in lines[1:]]
        full = [len(line.strip()) for line in lines[:-1]]
        for length, word in zip(full, following, strict=True):
            assert length + 1 + len(word) > 78, paragraph


@pytest.mark.parametrize("text", ["rateLimit", "=500", ""])
def test_a_setting_without_a_key_or_a_value_is_refused(text):
    asked = CliRunner().invoke(app, ["up", "--config", text])
    assert isinstance(asked.exception, MisuseError)
    assert "must be KEY=VALUE" in str(asked.exception)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--contract", "a.yaml", "--config", "contractFile=b.yaml"), "both name the contract"),
        (("--backend", "no-such-program"), "there is no program 'no-such-program'"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options, says):
    asked = CliRunner().invoke(app, ["up", *options])
    assert isinstance(asked.exception, MisuseError)
    assert says in str(asked.exception)


def test_a_contract_of_the_working_directory_is_not_one_of_the_project(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    settings = up_run.settings_of(["rateLimit=500"], Path("orders.yaml"))
    assert settings == {
        "portcullis:rateLimit": "500",
        "portcullis:contractFile": str(tmp_path / "orders.yaml"),
    }


def test_an_unknown_engine_is_refused():
    asked = CliRunner().invoke(app, ["up", "--engine", "terraform"])
    assert asked.exit_code == 2


def test_a_matrix_that_does_not_end_is_one_error_and_its_process_is_killed(monkeypatch, tmp_path):
    monkeypatch.setattr(up_run, "VERIFY_LIMIT_SECONDS", 0.0)
    display = StepDisplay(as_json=True)
    options = LaptopOptions(project=tmp_path, state_directory=tmp_path)
    with pytest.raises(PortcullisError, match="did not end within 0 seconds"):
        asyncio.run(up_run._verify(display, options))
