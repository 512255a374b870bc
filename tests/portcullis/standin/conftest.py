"""A copy of the project, and a `pulumi` command that uses the stand-in as its provider."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from portcullis.pki.laptop import ensure
from portcullis.standin.provider import install

ROOT = Path(__file__).parents[3]
LIMIT_SECONDS = 240


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project: `pulumi stack init` writes into the stack's settings file."""
    copy = tmp_path_factory.mktemp("engine") / "project"
    leave = shutil.ignore_patterns(".git", ".venv", ".portcullis", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=leave)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    ensure(copy / ".portcullis" / "pki", hosts=["localhost"], clients={})
    return copy


@pytest.fixture(scope="module")
def pulumi(project):
    home, state = project.parent / "home", project.parent / "state"
    home.mkdir()
    state.mkdir()
    install(home)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase of this test alone",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }

    def run(*arguments):
        return subprocess.run(
            ["pulumi", *arguments, "--stack", "local", "--non-interactive"],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    made = run("stack", "init")
    assert made.returncode == 0, made.stderr
    return run
