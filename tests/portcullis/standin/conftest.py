"""A copy of the project, and a `pulumi` command that uses the stand-in as its provider."""

import shutil
import subprocess
from pathlib import Path

import pytest

from portcullis.graph.engine_workspace import EngineWorkspace
from portcullis.pki.laptop import ensure
from portcullis.settings.project import load_stack_config

ROOT = Path(__file__).parents[3]
LIMIT_SECONDS = 240


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project, because the tests edit it."""
    copy = tmp_path_factory.mktemp("engine") / "project"
    leave = shutil.ignore_patterns(".git", ".venv", ".portcullis", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=leave)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    ensure(copy / ".portcullis" / "pki", hosts=["localhost"], clients={})
    return copy


@pytest.fixture(scope="module")
def workspace(project):
    return EngineWorkspace(project.parent / "engine")


@pytest.fixture(scope="module")
def pulumi(project, workspace):
    workspace.make()
    config = load_stack_config(project, "local")
    workspace.write_settings(config)

    def run(*arguments):
        return subprocess.run(
            ["pulumi", *arguments, "--stack", "local", "--non-interactive"],
            cwd=workspace.project,
            env=workspace.environment(config),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    made = run("stack", "init")
    assert made.returncode == 0, made.stderr
    return run
