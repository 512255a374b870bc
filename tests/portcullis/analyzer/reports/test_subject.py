"""The status of a rule follows from its level, violations and waivers."""

from portcullis.analyzer.reports.subject import Status, status_of
from tests.portcullis.analyzer.reports.verdicts import VERDICT


def test_every_rule_has_one_status():
    assert [status_of(rule, VERDICT) for rule in VERDICT.rules] == [
        Status.VIOLATED,
        Status.DISABLED,
        Status.COMPLIANT,
        Status.VIOLATED,
        Status.WAIVED,
    ]
