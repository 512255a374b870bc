"""One laptop for every test that breaks nothing, and a copy of the project for those that do."""

import shutil

import pytest

from tests.portcullis.laptop.running import ROOT, running


@pytest.fixture(scope="session")
def laptop(tmp_path_factory):
    """One laptop for every test that breaks nothing."""
    with running(tmp_path_factory.mktemp("laptop")) as started:
        yield started


@pytest.fixture
def project(tmp_path):
    """A copy of the project that a test may edit; its zip and wheels come from the same cache."""
    copy = tmp_path / "project"
    leave = shutil.ignore_patterns(".git", ".venv", ".portcullis", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=leave)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    (copy / ".portcullis").mkdir()
    (ROOT / ".portcullis" / "build").mkdir(parents=True, exist_ok=True)
    (copy / ".portcullis" / "build").symlink_to(ROOT / ".portcullis" / "build")
    return copy
