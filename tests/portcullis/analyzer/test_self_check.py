"""A program that calls require_gates() refuses itself by the rules of the pack."""

import os
from pathlib import Path

import pytest

from portcullis.analyzer.configuration import PolicyConfigError
from portcullis.analyzer.self_check import GatesMissingError, require_gates
from portcullis.graph.own_registrations import POLICY_CONFIG_VARIABLE
from tests.policies import by_hand
from tests.policies.running import PACK
from tests.portcullis.graph.test_own_registrations import run

RULE = "apigateway-stage-requires-web-acl"


def program(*, closed, **arguments):
    def registers():
        require_gates(pack=PACK, **arguments)
        by_hand.from_a_body(without="" if closed else "web ACL")

    return registers


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_a_stack_without_a_violation_passes(preview):
    run(program(closed=True), preview=preview)


def test_a_violation_names_rule_resource_fix_and_the_command_for_the_report():
    with pytest.raises(GatesMissingError) as refused:
        run(program(closed=False))
    text = str(refused.value)
    assert f"{RULE}: stage: " in text
    assert "(tests/policies/apis.py:" in text
    assert "Fix: " in text
    assert "portcullis policies check --stack s" in text
    assert "created" not in text
    assert RULE in {v.rule for v in refused.value.verdict.mandatory}


def test_an_update_says_that_resources_may_have_changed():
    with pytest.raises(GatesMissingError, match="has created or changed resources"):
        run(program(closed=False), preview=False)


def test_mocks_are_left_alone():
    run(program(closed=False), as_mock=True)


def test_levels_come_from_a_file(tmp_path):
    levels = tmp_path / "levels.json"
    levels.write_text('{"all": "advisory"}')
    run(program(closed=False, policy_config=levels))


def test_the_environment_s_file_comes_first(tmp_path, monkeypatch):
    levels = tmp_path / "levels.json"
    levels.write_text('{"all": "advisory"}')
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
