"""A program that calls require_gates() refuses itself by the rules of the pack."""

import os
from pathlib import Path

import pulumi_aws as aws
import pytest

from portcullis.analyzer.configuration import PolicyConfigError
from portcullis.analyzer.self_check import GatesMissingError, require_gates
from portcullis.graph.own_registrations import POLICY_CONFIG_VARIABLE
from tests.policies.running import PACK
from tests.portcullis.graph.test_own_registrations import run

RULE = "secrets-stay-out-of-properties"  # holds in any stack, with a guarded API or without
KEY = "-----BEGIN " + "PRIVATE KEY-----\nMIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEA\n"


def program(*, closed, **arguments):
    def registers():
        require_gates(pack=PACK, **arguments)
        aws.sns.Topic("api", display_name="alarms" if closed else KEY)

    return registers


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_a_stack_without_a_violation_passes(preview):
    run(program(closed=True), preview=preview)


def test_a_violation_names_rule_resource_fix_and_the_command_for_the_report():
    with pytest.raises(GatesMissingError) as refused:
        run(program(closed=False))
    text = str(refused.value)
    assert f"{RULE}: api:" in text
    assert "test_self_check.py:" in text
    assert "Fix: " in text
    assert "portcullis policies check --stack s" in text
    assert "created" not in text
    assert [v.rule for v in refused.value.verdict.mandatory] == [RULE]


def test_an_update_says_that_resources_may_have_changed():
    with pytest.raises(GatesMissingError, match="has created or changed resources"):
        run(program(closed=False), preview=False)


def test_mocks_are_left_alone():
    run(program(closed=False), as_mock=True)


def test_levels_come_from_a_file(tmp_path):
    levels = tmp_path / "levels.json"
    levels.write_text(f'{{"{RULE}": "advisory"}}')
    run(program(closed=False, policy_config=levels))


def test_the_environment_s_file_comes_first(tmp_path, monkeypatch):
    levels = tmp_path / "levels.json"
    levels.write_text(f'{{"{RULE}": "advisory"}}')
    monkeypatch.setenv(POLICY_CONFIG_VARIABLE, str(levels))
    run(program(closed=False, policy_config=tmp_path / "unread.json"))


def test_a_missing_configuration_stops_the_program(tmp_path):
    with pytest.raises(PolicyConfigError, match="cannot be read"):
        run(program(closed=True, policy_config=tmp_path / "nowhere.json"))


def children():
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_no_process_of_the_pack_is_left():
    before = children()
    with pytest.raises(GatesMissingError):
        run(program(closed=False))
    assert children() <= before
