"""The engine's folder: private, apart from the project, reset where its state is unusable."""

import json
import os
import stat
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from portcullis.errors import PortcullisError
from portcullis.graph.engine_workspace import EngineWorkspace
from portcullis.settings.project import load_stack_config
from portcullis.standin.provider import journal_file

ROOT = Path(__file__).parents[3]


@pytest.fixture
def config():
    return load_stack_config(ROOT, "local", {"portcullis:rateLimit": "500"})


@pytest.fixture
def workspace(tmp_path):
    workspace = EngineWorkspace(tmp_path / "engine")
    workspace.make()
    return workspace


@pytest.fixture
def deployed(workspace, config):
    """A workspace with a state that can be updated; the tests break one thing each."""
    workspace.write_settings(config)
    settings = workspace.project / "Pulumi.local.yaml"
    settings.write_text(settings.read_text() + "encryptionsalt: v1:salt\n")
    write_checkpoint(workspace)
    assert workspace.unusable(config) is None
    return workspace


def write_checkpoint(workspace, *, number=3, pending=(), provider=None):
    provider = provider or version("pulumi-aws")
    resources = [{"type": "pulumi:providers:aws", "inputs": {"version": provider}}]
    latest = {"resources": resources, "pending_operations": list(pending)}
    path = workspace.backend / ".pulumi/stacks/portcullis/local.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": number, "checkpoint": {"latest": latest}}))
    return path


def write_lock(workspace, content):
    path = workspace.backend / ".pulumi/locks/organization/portcullis/local/1.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)


def test_the_folders_and_the_passphrase_are_private(workspace):
    for folder in (workspace.root, workspace.home, workspace.backend, workspace.project):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(workspace.passphrase_file.stat().st_mode) == 0o600
    assert len(workspace.passphrase_file.read_text()) >= 32


def test_a_second_make_keeps_the_passphrase(workspace):
    before = workspace.passphrase_file.read_text()
    workspace.make()
    assert workspace.passphrase_file.read_text() == before


def test_the_settings_are_the_runs_own_and_the_project_is_not_written(workspace, config):
    before = (ROOT / "Pulumi.local.yaml").read_bytes()
    workspace.write_settings(config)
    settings = yaml.safe_load((workspace.project / "Pulumi.local.yaml").read_text())["config"]
    assert settings["portcullis:rateLimit"] == "500"
    assert settings["portcullis:allowedCidrs"] == ["127.0.0.0/24", "::1/128"]
    project = yaml.safe_load((workspace.project / "Pulumi.yaml").read_text())
    assert project["main"] == str(ROOT)
    assert project["runtime"]["options"]["virtualenv"] == str(ROOT / ".venv")
    assert (ROOT / "Pulumi.local.yaml").read_bytes() == before


def test_the_salt_of_the_stack_is_kept(deployed, config):
    deployed.write_settings(config)
    assert '"encryptionsalt": "v1:salt"' in (deployed.project / "Pulumi.local.yaml").read_text()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"number": 5}, "version"),
        ({"pending": [{"type": "creating"}]}, "interrupted"),
        ({"provider": "1.0.0"}, "another version of pulumi-aws"),
    ],
    ids=["version", "pending", "provider"],
)
def test_a_state_that_cannot_be_updated_has_a_reason(deployed, config, broken, reason):
    write_checkpoint(deployed, **broken)
    assert reason in deployed.unusable(config)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": 3}', '{"checkpoint": 1}'])
def test_a_state_that_cannot_be_read_has_a_reason(deployed, config, text):
    write_checkpoint(deployed).write_text(text)
    assert "cannot be read" in deployed.unusable(config)


def test_a_lost_passphrase_or_salt_is_a_reason(deployed, config):
    passphrase = deployed.passphrase_file.read_text()
    deployed.passphrase_file.unlink()
    assert "passphrase is lost" in deployed.unusable(config)
    deployed.passphrase_file.write_text(passphrase)
    (deployed.project / "Pulumi.local.yaml").unlink()
    assert "passphrase is lost" in deployed.unusable(config)


@pytest.mark.parametrize("content", ['{"pid": 1}', "{", '{"pid": 999999999}'])
def test_the_lock_of_a_process_that_has_ended_is_a_reason(deployed, config, content):
    write_lock(deployed, content)  # process 1 runs, but is not a `pulumi`
    assert "interrupted" in deployed.unusable(config)


def test_a_lock_without_a_state_is_a_reason_too(workspace, config):
    assert not workspace.has_state(config)
    write_lock(workspace, "{}")
    assert workspace.has_state(config)
    assert "interrupted" in workspace.unusable(config)


def test_the_lock_of_a_running_pulumi_is_an_error_that_names_it(deployed, config, tmp_path):
    program = tmp_path / "pulumi"
    program.symlink_to(sys.executable)
    command = [program, "-S", "-c", "print(flush=True); input()"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as running:
        running.stdout.readline()  # it runs: its command line can be read
        try:
            write_lock(deployed, json.dumps({"pid": running.pid}))
            with pytest.raises(PortcullisError, match=f"process {running.pid}.*kill {running.pid}"):
                deployed.unusable(config)
        finally:
            running.communicate(b"\n")


def test_a_forgotten_state_leaves_other_stacks_alone(deployed, config):
    other = deployed.backend / ".pulumi/stacks/portcullis/dev.json"
    other.write_text("{}")
    write_lock(deployed, "{}")
    journal = journal_file(deployed.home, config.account_id, config.region)
    journal.write_text("")
    deployed.forget(config)
    assert not deployed.has_state(config)
    assert not journal.exists()  # or every name would be taken
    assert other.exists()
    assert not list((deployed.backend / ".pulumi/locks").rglob("*.json"))
    assert os.listdir(deployed.project) == ["Pulumi.yaml"]  # noqa: PTH208 - names only
