"""The text report lists violations first and compliant rules last."""

from portcullis.analyzer.reports.text import as_text
from tests.portcullis.analyzer.reports.verdicts import CLEAN, CONFIGURED, SUBJECT, VERDICT


def test_everything_is_said_once_and_the_worst_first():
    text = as_text(VERDICT, SUBJECT, None)
    assert text.splitlines()[0] == (
        "Policy pack portcullis on stack dev of shop (preview): 5 rules"
    )
    assert "violated: violated-rule-here (mandatory, critical)" not in text
    assert "violated: violated-rule-here (mandatory, high)" in text
    assert "advised: advised-rule-here (advisory, high)" in text
    assert "live  components/a page.py:12" in text
    assert "fix: mend violated-rule-here" in text
    assert "see: https://example.com/violated-rule-here" in text
    assert "waived: waived-rule-here until 2027-05-31" in text
    assert "platform-team: It is <tried> out & thrown away." in text
    assert "compliant (1)\n  quiet-rule-here" in text
    assert "disabled (1)\n  disabled-rule-here" in text
    assert text.endswith(
        "1 mandatory and 1 advisory violations, 1 waived, 1 of 5 rules compliant\n"
    )


def test_a_clean_stack_lists_what_was_checked():
    text = as_text(CLEAN, SUBJECT, None)
    assert "quiet-rule-here  Claim of quiet-rule-here." in text
    assert "0 mandatory and 0 advisory violations" in text


def test_what_the_configuration_decided_is_shown_with_owner_and_reason():
    text = as_text(CONFIGURED, SUBJECT, None)
    assert (
        "configured: webAcls arn:aws:wafv2:…:regional/webacl/central/1\n  a  a page.py:3\n" in text
    )
    assert "  security-team: One <web ACL> for all & everybody.\n" in text


def test_a_rule_that_judged_nothing_is_not_compliant_and_says_why():
    text = as_text(CONFIGURED, SUBJECT, None)
    assert (
        "not applicable (1)\n  silent-rule-here  no API of the stack is behind mutual TLS" in text
    )
    assert "1 of 2 rules compliant" in text
