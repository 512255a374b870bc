"""`portcullis certs`, run in an empty project."""

import pytest
from typer.testing import CliRunner

from portcullis.cli.certs import app
from portcullis.errors import ExitCode


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in an empty project; an expected failure is raised, as `main` would see it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments, exit_code=ExitCode.OK):
        result = CliRunner().invoke(app, list(map(str, arguments)))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == exit_code, result.output
        return result.stdout

    return call


@pytest.fixture
def ready(run):
    run("init")
    return run
