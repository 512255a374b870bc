"""A policy configuration that does not match the pack is refused; defaults are filled in."""

import pytest

from portcullis.analyzer.configuration import PolicyConfigError, configure_request, level_of
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
        ({"has-colour": "fatal"}, "levels are"),
        ({"all": "off"}, "levels are"),
        ({"has-colour": {"limit": 1}}, "has no setting 'limit'"),
        ({"not-crowded": {"limit": "many"}}, "not of type 'integer'"),
        ({"not-crowded": 3}, "must be a level or a mapping"),
    ],
    ids=["rule", "level", "level for all", "setting", "value", "shape"],
)
def test_a_configuration_that_does_not_fit_is_misuse(strange, config, says):
    with pytest.raises(PolicyConfigError, match=says) as caught:
        strange.judge(graph(), preview=True, config=config)
    assert caught.value.exit_code is ExitCode.MISUSE
