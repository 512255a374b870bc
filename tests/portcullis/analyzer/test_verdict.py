"""A verdict separates what stops a deploy from what does not."""

from portcullis.analyzer import Level
from tests.portcullis.analyzer.reports.verdicts import CLEAN, VERDICT


def test_only_mandatory_violations_stop_a_deploy():
    assert [v.level for v in VERDICT.violations] == [Level.ADVISORY, Level.MANDATORY]
    assert [v.rule for v in VERDICT.mandatory] == ["violated-rule-here"]
    assert CLEAN.mandatory == ()


def test_disabled_violated_and_waived_rules_are_not_compliant():
    assert [rule.name for rule in VERDICT.compliant] == ["quiet-rule-here"]
