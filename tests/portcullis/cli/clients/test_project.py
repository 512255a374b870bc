"""Scopes and rate plans as the project's files have them."""

import subprocess
import sys
from pathlib import Path

import pytest

from components.registry_table import table_name
from portcullis.cli.clients.project import stack_of_table
from tests.portcullis.cli.clients.running import FILE, refused


@pytest.mark.parametrize(
    ("table", "stack"),
    [("portcullis-local-registry", "local"), ("portcullis-a-b-registry", "a-b"), ("clients", None)],
)
def test_whose_a_table_is_stands_in_its_name(table, stack):
    assert stack_of_table(table) == stack
    assert stack_of_table(table_name("portcullis-prod")) == "prod"


def test_a_table_of_another_project_begins_with_its_name(tmp_path, monkeypatch):
    (tmp_path / "Pulumi.yaml").write_text("name: Acme.Orders\n")
    monkeypatch.chdir(tmp_path)
    assert stack_of_table("acme-orders-dev-registry") == "dev"
    assert stack_of_table("portcullis-dev-registry") is None


def test_the_command_itself_knows_the_scopes_of_the_projects_contract(tmp_path):
    project = Path(__file__).parents[4]
    file = tmp_path / "clients.yaml"
    for scopes, expected in (("pets:read", 0), ("pets:eat", 2)):
        file.write_text(FILE.replace("pets:read", scopes))
        run = subprocess.run(
            [sys.executable, "-I", "-m", "portcullis", "clients", "list", "--file", str(file)],
            cwd=project,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert run.returncode == expected, run.stderr
    assert "must be one of pets:read, pets:write" in run.stderr


def test_rate_plans_that_cannot_be_read_are_an_error_that_says_so(registry):
    (registry.parent / "Pulumi.local.yaml").write_text("config:\n  portcullis:ratePlans: '{gold'\n")
    message = refused("add", "new", "--scope", "pets:read", "--san-uri", "spiffe://a/new")
    assert "ratePlans is '{gold': it is not a mapping" in message
