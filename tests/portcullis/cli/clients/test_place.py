"""Where a change is written, the file or the table, and the message about it."""

import subprocess
import sys

import pytest

from portcullis.registry import ClientRegistry
from portcullis.registry.checking import check
from portcullis.registry.store import Change, EditError, Revocation, Revoked
from tests.portcullis.cli.clients.running import FILE, refused, run

NOBODY = ClientRegistry(clients=())


def test_a_dry_run_writes_nothing(registry):
    assert "Nothing was written" in run("remove", "pet-shop", "--dry-run")
    assert registry.read_text() == FILE


def test_outside_a_project_the_error_says_where_to_stand(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "Run this in the project's folder" in refused("list")


def test_what_was_written_says_when_it_counts(registry):
    assert "portcullis reload" in run("suspend", "pet-shop")
    registry.rename("clients.prod.yaml")
    assert "pulumi up" in run("resume", "pet-shop", "--stack", "prod")


def test_a_text_that_is_not_utf8_goes_into_no_table():
    with pytest.raises(EditError, match="not UTF-8"):
        check(
            Change(
                actions=(Revoked(Revocation(certificate="t" * 43, reason="\udcff")),), after=NOBODY
            ),
            None,
        )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_ENDPOINT_URL_DYNAMODB", "here"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_DEFAULT_REGION", "eu central"),
    ],
)
def test_odd_settings_of_aws_are_an_error_that_says_so(monkeypatch, variable, value):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv(variable, value)
    assert "--table needs AWS" in refused("list", "--table", "x")


def test_a_table_without_a_region_is_an_error_that_says_so(tmp_path):
    run = subprocess.run(
        [sys.executable, "-I", "-m", "portcullis", "clients", "list", "--table", "x"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 2, run.stderr
    assert "Set AWS_REGION" in run.stderr
