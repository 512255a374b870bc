"""A copy of the project, and a `pulumi` command that uses the stand-in as its provider."""

import subprocess

import pytest

from portcullis.graph.engine_workspace import EngineWorkspace
from portcullis.settings.project import load_stack_config
from tests.portcullis.laptop.copies import copy_project

LIMIT_SECONDS = 900


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project, because the tests edit it."""
    return copy_project(tmp_path_factory.mktemp("engine"))


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
