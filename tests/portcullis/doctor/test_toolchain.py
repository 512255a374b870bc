"""The local tools: found, missing, or failing."""

import sys

import pytest

from portcullis.doctor import toolchain
from portcullis.doctor.diagnosis import Health
from portcullis.doctor.toolchain import check_toolchain


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A PATH with the given scripts only."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def add(name, script):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    return add


def health(project, *, deploys=True):
    return {line.check: line.health for line in check_toolchain(project, deploys=deploys)}


def test_working_tools_are_fine(tools, tmp_path, monkeypatch):
    tools("pulumi", "echo v3.260.0")
    tools("git", "echo git version 2.39.5")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.setattr(toolchain, "libinjection", object)
    assert set(health(tmp_path).values()) == {Health.OK}


def test_without_libinjection_a_warning_says_what_matches_injections(tools, tmp_path, monkeypatch):
    monkeypatch.setattr(toolchain, "libinjection", lambda: None)
    assert health(tmp_path)["injections"] is Health.WARN


def test_another_environment_is_a_warning(tools, tmp_path):
    assert health(tmp_path)["venv"] is Health.WARN


PACK = "runtime: {name: python, options: {virtualenv: %s}}\n"


@pytest.mark.parametrize(
    ("named", "wanted", "fix"),
    [("../.venv", ".venv", "make up"), (".venv", "policies/.venv", "python3 -m venv")],
)
def test_a_pack_whose_environment_is_missing_gets_one_line(tools, tmp_path, named, wanted, fix):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/PulumiPolicy.yaml").write_text(PACK % named)
    (line,) = (x for x in check_toolchain(tmp_path, deploys=True) if x.check == "pack")
    assert line.health is Health.FAIL
    assert f"{tmp_path / wanted}, which does not exist" in line.found
    assert line.fix.startswith(f"Run: {fix}")
    assert health(tmp_path, deploys=False)["pack"] is Health.WARN
    python = tmp_path / wanted / "bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert health(tmp_path)["pack"] is Health.OK


@pytest.mark.parametrize("text", ["", "runtime: python", "{", PACK % 1])
def test_a_pack_that_names_no_environment_is_a_warning(tools, tmp_path, text):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/PulumiPolicy.yaml").write_text(text)
    assert health(tmp_path)["pack"] is Health.WARN


def test_a_project_without_a_pack_of_its_own_has_no_line_for_it(tools, tmp_path):
    assert "pack" not in health(tmp_path)


def test_an_old_python_is_a_failure(tools, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    assert health(tmp_path)["python"] is Health.FAIL


@pytest.mark.parametrize(("deploys", "expected"), [(True, Health.FAIL), (False, Health.WARN)])
def test_only_a_deploy_needs_the_pulumi_cli(tools, tmp_path, deploys, expected):
    assert health(tmp_path, deploys=deploys)["pulumi"] is expected


@pytest.mark.parametrize(
    "script",
    ["echo v2.25.0", "exit 1", "sleep 5", "printf '\\377\\376'"],
    ids=["another major version", "failing", "hanging", "not text"],
)
def test_a_pulumi_cli_that_cannot_be_used_is_a_failure(tools, tmp_path, monkeypatch, script):
    monkeypatch.setattr(toolchain, "TIMEOUT_SECONDS", 0.3)
    tools("pulumi", script)
    assert health(tmp_path)["pulumi"] is Health.FAIL


def test_a_folder_without_a_repository_is_a_warning(tools, tmp_path):
    assert health(tmp_path)["git"] is Health.WARN
    tools("git", 'test "$1" = --version && echo git version 2.39.5')
    assert health(tmp_path)["git"] is Health.WARN
