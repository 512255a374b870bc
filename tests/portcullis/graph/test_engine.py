"""How the `pulumi` CLI is called, and what its output becomes; the CLI is a scripted one."""

import json
import threading
import time
from pathlib import Path

import pytest

from portcullis.graph.engine import Engine, EngineError, EngineRefusedError, installed_version
from portcullis.graph.engine_workspace import EngineWorkspace
from portcullis.settings.project import load_stack_config
from tests.portcullis.graph.scripted_cli import (
    FAILED,
    NO_PLUGIN,
    REFUSED,
    calls,
    scripted_cli,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture
def config():
    return load_stack_config(ROOT, "local", {"portcullis:rateLimit": "500"})


@pytest.fixture
def engine(tmp_path):
    def make(**script):
        cli = scripted_cli(tmp_path, **script)
        return Engine(cli, EngineWorkspace(tmp_path / "engine"), tmp_path / "engine.log")

    return make


def test_the_first_run_makes_the_stack_and_the_graph_comes_from_its_export(
    engine, config, tmp_path
):
    run = engine().up(config, policy_pack=ROOT / "policies", kms_endpoint="http://127.0.0.1:1")
    assert run.graph.stack_outputs == {"stage": "local"}
    assert run.changes == "1 created, 2 updated, 60 unchanged"
    assert run.advisories == 1
    assert run.note == ""
    init, up, export = calls(tmp_path)
    assert init["arguments"][:4] == ["stack", "init", "--stack", "local"]
    assert up["arguments"][:3] == ["up", "--yes", "--suppress-outputs"]
    assert str(ROOT / "policies") in up["arguments"]
    assert "--skip-preview" not in up["arguments"]  # mandatory rules refuse in the preview
    assert export["arguments"][:2] == ["stack", "export"]
    assert "--non-interactive" in up["arguments"]


def test_a_state_that_cannot_be_used_is_replaced_and_the_reason_told(engine, config, tmp_path):
    locks = tmp_path / "engine/state/.pulumi/locks/organization/portcullis/local"
    locks.mkdir(parents=True)
    (locks / "1.json").write_text("{}")
    run = engine().up(config, policy_pack=None)
    assert "state of stack local was not used: an earlier `pulumi up` was interrupted" in run.note
    assert calls(tmp_path)[0]["arguments"][:2] == ["stack", "init"]
    assert not locks.exists()


def test_a_state_that_can_be_used_is_refreshed(engine, config, tmp_path):
    checkpoint = tmp_path / "engine/state/.pulumi/stacks/portcullis/local.json"
    engine().up(config, policy_pack=None)
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text(json.dumps({"version": 3, "checkpoint": {}}))
    (tmp_path / "calls.jsonl").unlink()
    assert engine().up(config, policy_pack=None).note == ""
    up, export = calls(tmp_path)
    assert "--refresh" in up["arguments"]
    assert export["arguments"][:2] == ["stack", "export"]


def test_the_cli_gets_nothing_of_the_users_pulumi_and_aws(engine, config, tmp_path, monkeypatch):
    for name in ("PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.setenv(name, "the user's own")
    engine().up(config, policy_pack=None, kms_endpoint="http://127.0.0.1:1")
    for call in calls(tmp_path):
        environment = call["environment"]
        assert "the user's own" not in environment.values()
        assert environment["PULUMI_HOME"] == str(tmp_path / "engine" / "home")
        assert environment["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/engine/state"
        assert environment["AWS_REGION"] == "eu-central-1"
        assert call["cwd"] == str(tmp_path / "engine" / "project")
    passphrase = (tmp_path / "engine" / "passphrase").read_text()
    assert passphrase not in (tmp_path / "calls.jsonl").read_text()
    assert passphrase not in (tmp_path / "engine.log").read_text()


def test_a_mandatory_violation_names_the_rule_and_the_log(engine, config, tmp_path):
    with pytest.raises(EngineRefusedError) as refused:
        engine(output=REFUSED, status=255).up(config, policy_pack=ROOT / "policies")
    first, *lines = str(refused.value).splitlines()
    assert first.startswith("The policy pack refuses stack local")
    assert "nothing was created" in first
    assert str(tmp_path / "engine.log") in first
    assert any("apigateway-stage-requires-web-acl" in line for line in lines)
    assert "Previewing" not in str(refused.value)
    assert [call["arguments"][0] for call in calls(tmp_path)] == ["stack", "up"]


def test_a_violation_that_only_the_update_shows_does_not_claim_that_nothing_was_created(
    engine, config
):
    output = REFUSED.replace("Previewing update", "Updating")
    with pytest.raises(EngineRefusedError, match=r"stopped in the update; the state .* changed"):
        engine(output=output, status=255).up(config, policy_pack=None)


@pytest.mark.parametrize(
    ("output", "kept"),
    [
        (FAILED, "ValueError: no such pet"),
        (NO_PLUGIN, "error: no resource plugin"),
        ("gone", "gone"),
    ],
    ids=["program", "plugin", "other"],
)
def test_a_failure_is_one_line_and_the_engines_own(engine, config, output, kept):
    with pytest.raises(EngineError) as failed:
        engine(output=output, status=255).up(config, policy_pack=None)
    assert not isinstance(failed.value, EngineRefusedError)
    assert str(failed.value).startswith("`pulumi up` failed for stack local. ")
    assert kept in str(failed.value)
    assert ("--engine in-process" in str(failed.value)) is (output != FAILED)
    assert "Traceback" not in str(failed.value)
    assert "File " not in str(failed.value)


def test_an_interrupt_ends_a_running_cli(engine, config):
    slow = engine(seconds=600)
    errors = []

    def run():
        try:
            slow.up(config, policy_pack=None)
        except EngineError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + 300
    while thread.is_alive() and time.monotonic() < deadline:
        slow.interrupt()
        thread.join(0.1)
    assert not thread.is_alive()
    assert errors


def test_the_version_is_the_clis_own(tmp_path):
    assert installed_version(scripted_cli(tmp_path)) == "v3.260.0"


def test_a_cli_that_cannot_run_is_an_error_with_the_next_step(tmp_path):
    broken = tmp_path / "pulumi"
    broken.write_text("#!/nonexistent\n")
    broken.chmod(0o700)
    with pytest.raises(EngineError, match=r"cannot be run.*--engine in-process"):
        installed_version(broken)
