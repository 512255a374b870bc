"""A policy configuration that does not match the pack is refused; defaults are filled in."""

import pytest

from portcullis.analyzer.configuration import (
    PolicyConfigError,
    configure_request,
    level_of,
)
from portcullis.analyzer.configuration_file import read_policy_config
from portcullis.analyzer.verdict import Level, PackRule
from portcullis.errors import ExitCode
from tests.portcullis.analyzer.strange_pack import graph

RULE = PackRule(
    name="not-crowded",
    description="Nobody owns too much.",
    level=Level.MANDATORY,
    severity="",
    schema={"limit": {"type": "integer", "default": 1}},
)


def configured(config):
    sent = configure_request([RULE], config).policyConfig["not-crowded"]
    return level_of(sent.enforcementLevel), dict(sent.properties)


@pytest.mark.parametrize(
    ("config", "level", "limit"),
    [
        ({}, Level.MANDATORY, 1),
        ({"not-crowded": "advisory"}, Level.ADVISORY, 1),
        ({"not-crowded": {"limit": 3}}, Level.MANDATORY, 3),
        ({"not-crowded": {"limit": 3, "enforcementLevel": "disabled"}}, Level.DISABLED, 3),
        ({"all": "advisory"}, Level.ADVISORY, 1),
        ({"all": "disabled", "not-crowded": "mandatory"}, Level.MANDATORY, 1),
    ],
    ids=["empty", "level", "setting", "both", "all", "rule over all"],
)
def test_a_rule_without_a_level_keeps_its_own(config, level, limit):
    assert configured(config) == (level, {"limit": limit})


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"no-such-rule": "mandatory"}, "this pack has no such rule"),
        ({"has-color": "mandatory"}, "Did you mean 'has-colour'"),
        ({"has-colour": "fatal"}, "levels are"),
        ({"all": "off"}, "levels are"),
        ({"has-colour": {"limit": 1}}, "has no setting 'limit'"),
        ({"not-crowded": {"limit": "many"}}, "not of type 'integer'"),
        ({"not-crowded": 3}, "must be a level or a mapping"),
    ],
    ids=["rule", "misspelt rule", "level", "level for all", "setting", "value", "shape"],
)
def test_a_configuration_that_does_not_fit_is_misuse(strange, config, says):
    with pytest.raises(PolicyConfigError, match=says) as caught:
        strange.judge(graph(), preview=True, config=config)
    assert caught.value.exit_code is ExitCode.MISUSE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '{"has-colour": "mandatory",\n "has-colour": "disabled"}',
            "line 2: has the key has-colour twice",
        ),
        ("not-crowded:\n  limit: 1\n  limit: 9\n", "line 3: has the key limit twice"),
        ("{", "line 2: "),
        ("[]", "must contain a mapping"),
    ],
    ids=["rule twice", "setting twice", "broken", "list"],
)
def test_a_file_that_is_no_configuration_is_misuse_with_its_line(tmp_path, text, says):
    file = tmp_path / "levels.json"
    file.write_text(text)
    with pytest.raises(PolicyConfigError, match=says):
        read_policy_config(file)


def test_json_and_yaml_are_read(tmp_path):
    file = tmp_path / "levels"
    for text in ('{"not-crowded": {"limit": 3}}', "not-crowded: {limit: 3}\n"):
        file.write_text(text)
        assert read_policy_config(file) == {"not-crowded": {"limit": 3}}
