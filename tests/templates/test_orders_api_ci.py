"""The workflow of a new project is held to what the repository's own workflows are held to."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.ci.workflows import document, jobs, steps
from tests.templates.generating import TEMPLATE

WORKFLOW = TEMPLATE / ".github" / "workflows" / "ci.yml"
ZIZMOR = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or shutil.which("zizmor")


@pytest.mark.skipif(
    find_spec("check_jsonschema") is None, reason="check-jsonschema is not installed"
)
def test_it_matches_the_public_schema():
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    command = [*checker, "vendor.github-workflows", str(WORKFLOW)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.skipif(ZIZMOR is None, reason="zizmor is not installed")
def test_zizmor_has_nothing_to_report():
    command = [ZIZMOR, "--offline", "--no-progress", "--persona", "pedantic", str(WORKFLOW)]
    audit = subprocess.run(command, capture_output=True, text=True, check=False)
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_its_actions_are_those_of_the_repository_by_commit():
    pinned = {step.content["uses"] for step in steps() if "uses" in step.content}
    (job,) = jobs(WORKFLOW).values()
    assert {step["uses"] for step in job["steps"] if "uses" in step} <= pinned


def test_it_has_no_rights_but_to_read_the_code():
    assert document(WORKFLOW)["permissions"] == {}
    (job,) = jobs(WORKFLOW).values()
    assert job["permissions"] == {"contents": "read"}


def test_it_runs_what_a_developer_runs():
    (job,) = jobs(WORKFLOW).values()
    targets = [step["run"].removeprefix("make ") for step in job["steps"] if "run" in step]
    makefile = (TEMPLATE / "Makefile").read_text().splitlines()
    for target in targets:
        assert any(line.startswith(f"{target}:") for line in makefile)
